namespace Pacs.Storage.Model;

/// <summary>
/// Where the frames of encapsulated pixel data are: for each frame the ranges of its fragments' values, in bytes from the
/// start of the encoded data set. Kept as variable-length numbers, so that a thousand frames need a few kilobytes.
/// </summary>
/// <param name="Frames">One entry per frame, in order; empty when neither offset table nor counts tell which fragments make a frame.</param>
/// <param name="Fragments">All fragments, without the Basic Offset Table.</param>
public sealed record FrameTable(IReadOnlyList<IReadOnlyList<(long Offset, long Length)>> Frames, IReadOnlyList<(long Offset, long Length)> Fragments)
{
    public byte[] Encode()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write7BitEncodedInt(Fragments.Count);
        var end = 0L;
        foreach (var (offset, length) in Fragments)
        {
            writer.Write7BitEncodedInt64(offset - end);
            writer.Write7BitEncodedInt64(length);
            end = offset + length;
        }
        writer.Write7BitEncodedInt(Frames.Count);
        foreach (var frame in Frames) writer.Write7BitEncodedInt(frame.Count);
        return bytes.ToArray();
    }

    /// <exception cref="EndOfStreamException">Not made by <see cref="Encode"/>.</exception>
    public static FrameTable Decode(byte[] table)
    {
        using var reader = new BinaryReader(new MemoryStream(table));
        var fragments = new (long Offset, long Length)[Count(reader, table)];
        var end = 0L;
        for (var i = 0; i < fragments.Length; i++)
        {
            fragments[i] = (end + reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
            end = fragments[i].Offset + fragments[i].Length;
        }
        var frames = new IReadOnlyList<(long Offset, long Length)>[Count(reader, table)];
        var next = 0;
        for (var i = 0; i < frames.Length; i++)
        {
            var count = reader.Read7BitEncodedInt();
            frames[i] = new ArraySegment<(long Offset, long Length)>(fragments, next, count);
            next += count;
        }
        return new FrameTable(frames, fragments);
    }

    // Each entry takes at least one byte: a count beyond that is not ours.
    private static int Count(BinaryReader reader, byte[] table)
    {
        var count = reader.Read7BitEncodedInt();
        return count >= 0 && count <= table.Length ? count : throw new EndOfStreamException("Frame table is damaged.");
    }
}
