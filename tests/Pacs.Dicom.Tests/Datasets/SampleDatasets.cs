using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Datasets;

/// <summary>Small data sets that have everything an encoding can have.</summary>
internal static class SampleDatasets
{
    public static readonly DatasetLimits Everything = new() { KeepBulkData = true };

    public static readonly TransferSyntax[] Natives =
    [
        TransferSyntaxRegistry.ImplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrLittleEndian,
        TransferSyntaxRegistry.ExplicitVrBigEndian, TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian,
    ];

    public static TheoryData<string> NativeUids => [.. Natives.Select(n => n.Uid)];

    /// <summary>Bytes written as hexadecimal digits, blanks between them as one likes.</summary>
    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));

    /// <summary>Every size of unit, nested sequences of defined and undefined length, empty ones, private elements.</summary>
    public static DicomDataset Rich()
    {
        var inner = new DicomDataset { HasUndefinedLength = true }.Set(Tags.ReferencedSOPInstanceUID, "1.2.3");
        var item = new DicomDataset().Set(Tags.StudyDescription, "inner").Set(new SequenceElement(Tags.ReferencedImageSequence, [inner, new DicomDataset()], hasUndefinedLength: true));
        return new DicomDataset()
            .Set(Tags.SpecificCharacterSet, "ISO_IR 100")
            .Set(Tags.SOPInstanceUID, "1.2.840.1")
            .Set(Tags.PatientName, "Doe^John")
            .Set(Tags.ReferencedStudySequence, item)
            .Set(new SequenceElement(Tags.ReferencedSeriesSequence, []))
            .Set(new ValueElement(new Tag(0x00090010), Vr.LO, "MAKER "u8.ToArray()))
            .Set(new ValueElement(new Tag(0x00091001), Vr.UN, new byte[] { 1, 2, 3, 4 }))
            .Set(Tags.FrameIncrementPointer, "00181063")
            .Set(Tags.Rows, 2)
            .Set(Tags.Columns, 3)
            .Set(Tags.BitsAllocated, 16)
            .Set(Tags.PixelRepresentation, 1)
            .Set(Tags.SmallestImagePixelValue, Vr.SS, "-2")
            .Set(Tags.ReferencePixelX0, -70000)
            .Set(Tags.RecommendedDisplayFrameRateInFloat, Vr.FL, "1.5")
            .Set(Tags.RealWorldValueSlope, Vr.FD, "0.1")
            .Set(new ValueElement(Tags.PixelData, Vr.OW, new byte[] { 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0 }));
    }

    /// <summary>Fragments behind an offset table; bytes are Explicit VR Little Endian.</summary>
    public static DicomDataset Encapsulated(params byte[][] fragments) => new DicomDataset()
        .Set(Tags.SOPInstanceUID, "1.2.840.2")
        .Set(new FragmentsElement(Tags.PixelData, Vr.OB, [.. fragments.Select(f => (ReadOnlyMemory<byte>)f)]));
}
