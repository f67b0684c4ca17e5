using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Datasets;

/// <summary>Reads whole data sets: a loop around <see cref="DatasetParser"/>.</summary>
public static class DatasetReader
{
    /// <exception cref="DicomFormatException">Not a data set.</exception>
    public static DicomDataset Read(ReadOnlySpan<byte> bytes, TransferSyntax transferSyntax, DatasetLimits? limits = null)
    {
        using var parser = new DatasetParser(transferSyntax, limits);
        parser.Append(bytes);
        return parser.Complete();
    }

    /// <summary>Bulk data is not read when the stream can seek.</summary>
    /// <exception cref="DicomFormatException">Not a data set.</exception>
    public static DicomDataset Read(Stream stream, TransferSyntax transferSyntax, DatasetLimits? limits = null)
    {
        using var parser = new DatasetParser(transferSyntax, limits);
        var buffer = new byte[128 * 1024];
        for (int n; (n = stream.Read(buffer)) > 0;)
        {
            parser.Append(buffer.AsSpan(0, n));
            if (stream.CanSeek) stream.Position += parser.Skip(stream.Length - stream.Position);
        }
        return parser.Complete();
    }
}
