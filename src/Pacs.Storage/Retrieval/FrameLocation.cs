namespace Pacs.Storage.Retrieval;

/// <summary>A frame's bytes in the blob: one range for native pixel data, one per fragment otherwise.</summary>
public sealed record FrameLocation(IReadOnlyList<(long Offset, long Length)> Ranges)
{
    public long Length => Ranges.Sum(r => r.Length);
}
