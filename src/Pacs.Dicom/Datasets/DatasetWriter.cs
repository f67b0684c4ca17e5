using System.Buffers;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Datasets;

/// <summary>Encodes data sets (PS3.5 §7). What a parser read is written back as the same bytes in the same transfer syntax.</summary>
public static class DatasetWriter
{
    /// <summary>Bulk elements are refused: their bytes are not here.</summary>
    /// <exception cref="InvalidOperationException">The data set holds a <see cref="BulkElement"/>.</exception>
    public static void Write(DicomDataset dataset, TransferSyntax transferSyntax, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <inheritdoc cref="Write"/>
    public static byte[] ToArray(DicomDataset dataset, TransferSyntax transferSyntax)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(dataset, transferSyntax, buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
