namespace Pacs.Storage.Retrieval;

/// <summary>
/// Reads frames and bulk values of one instance, whose file is opened once: positioned reads, except for a deflated data
/// set, which is inflated up to there. Not for several threads at once.
/// </summary>
public sealed class BulkReader : IDisposable
{
    internal BulkReader(Stream dataset) => Dataset = dataset;

    internal Stream Dataset { get; }

    /// <summary>The bytes, little endian; <see cref="FrameLocation.Length"/> of them. Good until another is opened.</summary>
    /// <exception cref="BlobMissingException">While reading: the medium fails.</exception>
    public Stream Open(FrameLocation location)
    {
        Stream value = new RangesStream(Dataset, location.Ranges);
        if (location.SwapUnit > 1) value = new SwappedStream(value, location.SwapUnit);
        return location.BitLength is { } bits ? new BitsStream(value, location.FirstBit, bits) : value;
    }

    public void Dispose() => Dataset.Dispose();
}
