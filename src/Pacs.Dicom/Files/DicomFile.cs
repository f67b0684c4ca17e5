using Pacs.Dicom.Datasets;
using Pacs.Dicom.Parsing;

namespace Pacs.Dicom.Files;

/// <summary>A Part 10 file read into memory but for its bulk data.</summary>
/// <param name="FileMeta">Its file meta; UIDs empty when it had none.</param>
/// <param name="Dataset">The data set. Offsets of bulk elements count from <paramref name="DatasetOffset"/>, in inflated bytes if deflated.</param>
/// <param name="DatasetOffset">Bytes before the data set.</param>
public sealed record DicomFile(FileMetaInformation FileMeta, DicomDataset Dataset, long DatasetOffset)
{
    private const int BufferLength = 128 * 1024;

    /// <exception cref="DicomFormatException">Not a DICOM file, or a broken one.</exception>
    public static DicomFile Read(Stream stream, DatasetLimits? limits = null)
    {
        var buffer = new byte[BufferLength];
        var filled = 0;
        while (true)
        {
            var read = stream.Read(buffer.AsSpan(filled));
            filled += read;
            ReadOnlySpan<byte> input = buffer.AsSpan(0, filled);
            if (Part10Parser.TryRead(ref input, isFinal: read == 0, out var fileMeta))
                return ReadDataset(stream, fileMeta!, input, filled - input.Length, buffer, limits);
            // Part10Parser gives up past its own bound, so this ends.
            if (filled == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    /// <inheritdoc cref="Read(Stream, DatasetLimits?)"/>
    public static DicomFile Open(string path, DatasetLimits? limits = null)
    {
        using var stream = File.OpenRead(path);
        return Read(stream, limits);
    }

    /// <summary>Writes a Part 10 file; the data set holds no bulk element.</summary>
    public static void Write(Stream output, FileMetaInformation fileMeta, DicomDataset dataset)
    {
        output.Write(fileMeta.ToPart10Header());
        output.Write(DatasetWriter.ToArray(dataset, fileMeta.TransferSyntax));
    }

    private static DicomFile ReadDataset(Stream stream, FileMetaInformation fileMeta, ReadOnlySpan<byte> begin, long offset, byte[] buffer, DatasetLimits? limits)
    {
        using var parser = new DatasetParser(fileMeta.TransferSyntax, limits, offset);
        parser.Append(begin);
        for (int read; (read = stream.Read(buffer)) > 0;) parser.Append(buffer.AsSpan(0, read));
        return new DicomFile(fileMeta, parser.Complete(), offset);
    }
}
