using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Model;

namespace Pacs.Storage.Ingest;

/// <summary>The row of an instance, from its data set. The blob's place is filled in by who knows it.</summary>
internal static class InstanceFactory
{
    /// <summary>
    /// What an object may cost while it is read, so that many at a time do not exhaust the memory. The index needs little
    /// of long sequences: a long structure set is taken, and its header stays in the blob.
    /// </summary>
    public static DatasetLimits Limits { get; } = new() { MaxNestedElements = 200_000, MaxNestedLength = 16 << 20 };

    /// <param name="dataset">What the parser read.</param>
    /// <param name="parser">Knows the fragments of pixel data.</param>
    /// <param name="transferSyntax">As stored.</param>
    /// <param name="maxHeaderBytes">A longer header stays in the blob.</param>
    /// <param name="peek">Two bytes at an offset of the encoded data set, big endian.</param>
    public static Instance Create(DicomDataset dataset, DatasetParser parser, TransferSyntax transferSyntax, int maxHeaderBytes, Func<long, ushort> peek)
    {
        var pixels = (dataset[Tags.PixelData] ?? dataset[Tags.FloatPixelData] ?? dataset[Tags.DoubleFloatPixelData]) as BulkElement;
        var header = parser.IsAbridged ? null : CompactHeader.Encode(dataset);
        return new Instance
        {
            SopInstanceUid = dataset.Text(Tags.SOPInstanceUID),
            SopClassUid = dataset.Text(Tags.SOPClassUID),
            TransferSyntaxUid = transferSyntax.Uid,
            InstanceNumber = dataset.GetInteger(Tags.InstanceNumber),
            Rows = dataset.Int(Tags.Rows),
            Columns = dataset.Int(Tags.Columns),
            BitsAllocated = dataset.Int(Tags.BitsAllocated),
            NumberOfFrames = dataset.Int(Tags.NumberOfFrames),
            ContentDate = dataset.Date(Tags.ContentDate),
            ContentTime = dataset.Time(Tags.ContentTime),
            IsLossy = transferSyntax.IsLossy || dataset.GetString(Tags.LossyImageCompression) == "01",
            PixelOffset = pixels?.Offset,
            PixelLength = pixels?.Length,
            FrameTable = FrameTable.Create(dataset, parser.Fragments, parser.BasicOffsetTable, transferSyntax.IsDeflated ? null : peek)?.Encode(),
            Header = header?.Length <= maxHeaderBytes ? header : null,
        };
    }
}
