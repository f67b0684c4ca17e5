using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Small data sets that have everything an encoding can have.</summary>
internal static class SeedDatasets
{
    /// <summary>Delimiters, and heads of elements in either encoding.</summary>
    public static IReadOnlyList<byte[]> Tokens { get; } =
    [
        [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF], [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0], [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0],
        [0xFF, 0xFE, 0xE0, 0x00, 0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFE, 0xE0, 0x0D, 0, 0, 0, 0], [0xFF, 0xFE, 0xE0, 0xDD, 0, 0, 0, 0],
        [0x08, 0x00, 0x15, 0x11, .. "SQ"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0x08, 0x00, 0x15, 0x11, 0xFF, 0xFF, 0xFF, 0xFF],
        [0xE0, 0x7F, 0x10, 0x00, .. "OB"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0xE0, 0x7F, 0x10, 0x00, .. "OW"u8, 0, 0, 4, 0, 0, 0],
        [0x09, 0x00, 0x01, 0x10, .. "UN"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [.. "UN"u8], [.. "OF"u8], [.. "OV"u8], [.. "UT"u8], [.. "AT"u8], [.. "PN"u8], [.. "??"u8],
    ];

    public static IEnumerable<DicomDataset> All(bool isEncapsulated)
    {
        yield return Rich();
        var options = new SampleOptions { Rows = 2, Columns = 2 };
        if (isEncapsulated)
        {
            yield return SampleObjects.Encapsulated(options).Dataset;
            yield return SampleObjects.Encapsulated(options with { Frames = 3, FragmentsPerFrame = 2, HasOffsetTable = true }).Dataset;
        }
        else
        {
            yield return SampleObjects.Ct(options).Dataset;
            yield return SampleObjects.MultiFrame(options with { Frames = 3 }).Dataset;
        }
        yield return SampleObjects.StructuredReport().Dataset;
        yield return new DicomDataset();
    }

    private static DicomDataset Rich()
    {
        var inner = new DicomDataset { HasUndefinedLength = true }.Set(Tags.ReferencedSOPInstanceUID, "1.2.3");
        var item = new DicomDataset().Set(Tags.StudyDescription, "inner").Set(new SequenceElement(Tags.ReferencedImageSequence, [inner, new DicomDataset()], hasUndefinedLength: true));
        return new DicomDataset()
            .Set(Tags.SpecificCharacterSet, "", "ISO 2022 IR 87")
            .Set(Tags.PatientName, "Doe^John")
            .Set(Tags.ReferencedStudySequence, item)
            .Set(new SequenceElement(Tags.ReferencedSeriesSequence, []))
            .Set(new ValueElement(new Tag(0x00090010), Vr.LO, "MAKER "u8.ToArray()))
            .Set(new ValueElement(new Tag(0x00091001), Vr.UN, new byte[] { 1, 2, 3, 4 }))
            .Set(Tags.FrameIncrementPointer, "00181063")
            .Set(Tags.Rows, 2)
            .Set(Tags.PixelRepresentation, 1)
            .Set(Tags.SmallestImagePixelValue, Vr.SS, "-2")
            .Set(Tags.ReferencePixelX0, -70000)
            .Set(Tags.RecommendedDisplayFrameRateInFloat, Vr.FL, "1.5")
            .Set(Tags.RealWorldValueSlope, Vr.FD, "0.1")
            .Set(new ValueElement(Tags.SelectorOVValue, Vr.OV, new byte[16]));
    }
}
