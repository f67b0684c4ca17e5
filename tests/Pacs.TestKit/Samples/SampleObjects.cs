using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.TestKit.Samples;

/// <summary>Makes DICOM objects for tests: valid, small, of every shape that matters, the same for the same options.</summary>
public static class SampleObjects
{
    /// <summary>A CT slice, 16 bits; 64×64 unless said otherwise.</summary>
    public static SampleObject Ct(SampleOptions? options = null) =>
        Image(options ?? new(), Uids.CTImageStorage, "CT", 64, 16, [(Tags.RescaleIntercept, "-1024"), (Tags.RescaleSlope, "1"), (Tags.KVP, "120"), (Tags.AcquisitionNumber, "1"), .. Place(options)]);

    /// <summary>An MR slice, 16 bits; 100×100 unless said otherwise.</summary>
    public static SampleObject Mr(SampleOptions? options = null) =>
        Image(options ?? new(), Uids.MRImageStorage, "MR", 100, 16, [(Tags.RepetitionTime, "500.5"), (Tags.EchoTime, "12"), (Tags.ScanningSequence, "SE"),
            (Tags.SequenceVariant, "NONE"), (Tags.ScanOptions, ""), (Tags.MRAcquisitionType, "2D"), (Tags.EchoTrainLength, "1"), .. Place(options)]);

    /// <summary>A multi-frame ultrasound clip, 8 bits; 4 frames of 32×32 unless said otherwise.</summary>
    public static SampleObject MultiFrame(SampleOptions? options = null) =>
        Image((options ?? new()) with { Frames = options?.Frames ?? 4 }, Uids.UltrasoundMultiFrameImageStorage, "US", 32, 8, [(Tags.FrameTime, "40")]);

    /// <summary>Encapsulated pixel data: fragments that begin and end like JPEG streams and hold noise. JPEG Baseline unless said otherwise.</summary>
    public static SampleObject Encapsulated(SampleOptions? options = null)
    {
        options ??= new();
        var syntax = options.TransferSyntax ?? TransferSyntaxRegistry.GetOrAssume(Uids.JPEGBaseline8Bit);
        return Image(options with { TransferSyntax = syntax }, Uids.SecondaryCaptureImageStorage, "OT", 32, 8, [(Tags.LossyImageCompression, "01"), (Tags.ConversionType, "WSD")]);
    }

    /// <summary>A Basic Text SR with nested content and codes.</summary>
    public static SampleObject StructuredReport(SampleOptions? options = null)
    {
        var dataset = Common(options ?? new(), Uids.BasicTextSRStorage, "SR");
        dataset.Set(Tags.CompletionFlag, "COMPLETE").Set(Tags.VerificationFlag, "UNVERIFIED").Set(Tags.ValueType, "CONTAINER")
            .Set(Tags.ContinuityOfContent, "SEPARATE").Set(Tags.ConceptNameCodeSequence, Code(dataset, "18748-4", "LN", "Diagnostic Imaging Report"));
        DicomDataset Item(string name, string text) => Child(dataset).Set(Tags.RelationshipType, "CONTAINS").Set(Tags.ValueType, "TEXT")
            .Set(Tags.ConceptNameCodeSequence, Code(dataset, "121071", "DCM", name)).Set(Tags.TextValue, text);
        dataset.Set(Tags.ContentSequence, Item("Finding", "No fracture."), Item("Conclusion", "Normal.\r\nNo follow-up."));
        dataset.Set(new SequenceElement(Tags.ReferencedPerformedProcedureStepSequence, [])).Set(new SequenceElement(Tags.PerformedProcedureCodeSequence, []));
        return Finish(dataset, options ?? new());
    }

    /// <summary>An encapsulated PDF.</summary>
    public static SampleObject Pdf(SampleOptions? options = null)
    {
        var dataset = Common(options ?? new(), Uids.EncapsulatedPDFStorage, "DOC");
        var pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"u8.ToArray();
        dataset.Set(Tags.DocumentTitle, "Report").Set(Tags.MIMETypeOfEncapsulatedDocument, "application/pdf").Set(Tags.BurnedInAnnotation, "YES")
            .Set(Tags.AcquisitionDateTime, "").Set(Tags.ConversionType, "WSD").Set(new SequenceElement(Tags.ConceptNameCodeSequence, []))
            .Set(new ValueElement(Tags.EncapsulatedDocument, Vr.OB, Even(pdf)));
        return Finish(dataset, options ?? new());
    }

    /// <summary>A Grayscale Softcopy Presentation State of an image: a window, a circle and a text in a layer.</summary>
    public static SampleObject PresentationState(SampleObject image, SampleOptions? options = null)
    {
        options ??= new();
        var dataset = Common(options, Uids.GrayscaleSoftcopyPresentationStateStorage, "PR");
        DicomDataset Reference() => Child(dataset).Set(Tags.ReferencedSOPClassUID, image.SopClassUid).Set(Tags.ReferencedSOPInstanceUID, image.SopInstanceUid);
        dataset.Set(Tags.PresentationCreationDate, options.StudyDate).Set(Tags.PresentationCreationTime, options.StudyTime)
            .Set(Tags.ContentLabel, "REPORT").Set(Tags.ContentDescription, "Finding").Set(Tags.ContentCreatorName, "Roe^Richard")
            .Set(Tags.ReferencedSeriesSequence, Child(dataset).Set(Tags.SeriesInstanceUID, image.Dataset.GetString(Tags.SeriesInstanceUID)!).Set(Tags.ReferencedImageSequence, Reference()))
            .Set(Tags.DisplayedAreaSelectionSequence, Child(dataset).Set(Tags.DisplayedAreaTopLeftHandCorner, "1", "1").Set(Tags.DisplayedAreaBottomRightHandCorner, "64", "64")
                .Set(Tags.PresentationSizeMode, "SCALE TO FIT").Set(Tags.PresentationPixelSpacing, "0.5", "0.5"))
            .Set(Tags.GraphicLayerSequence, Child(dataset).Set(Tags.GraphicLayer, "FINDINGS").Set(Tags.GraphicLayerOrder, "1"))
            .Set(Tags.GraphicAnnotationSequence, Child(dataset).Set(Tags.ReferencedImageSequence, Reference()).Set(Tags.GraphicLayer, "FINDINGS")
                .Set(Tags.TextObjectSequence, Child(dataset).Set(Tags.UnformattedTextValue, "nodule").Set(Tags.AnchorPointAnnotationUnits, "PIXEL")
                    .Set(Tags.AnchorPoint, "10", "10").Set(Tags.AnchorPointVisibility, "Y"))
                .Set(Tags.GraphicObjectSequence, Child(dataset).Set(Tags.GraphicAnnotationUnits, "PIXEL").Set(Tags.GraphicDimensions, 2).Set(Tags.NumberOfGraphicPoints, 2)
                    .Set(Tags.GraphicData, "20", "20", "24", "20").Set(Tags.GraphicType, "CIRCLE").Set(Tags.GraphicFilled, "N")))
            .Set(Tags.SoftcopyVOILUTSequence, Child(dataset).Set(Tags.WindowCenter, "40").Set(Tags.WindowWidth, "400"))
            .Set(Tags.RescaleIntercept, "-1024").Set(Tags.RescaleSlope, "1").Set(Tags.RescaleType, "HU").Set(Tags.PresentationLUTShape, "IDENTITY");
        return Finish(dataset, options);
    }

    /// <summary>One of each kind, each in a series of its own of one study.</summary>
    public static IReadOnlyList<SampleObject> OneOfEach(SampleOptions? options = null)
    {
        options ??= new();
        return
        [
            Ct(options with { SeriesNumber = 1 }), Mr(options with { SeriesNumber = 2 }), MultiFrame(options with { SeriesNumber = 3 }),
            Encapsulated(options with { SeriesNumber = 4, Frames = 3, FragmentsPerFrame = 2, HasOffsetTable = true }),
            StructuredReport(options with { SeriesNumber = 5 }), Pdf(options with { SeriesNumber = 6 }),
        ];
    }

    /// <summary>A study of so many series of so many slices.</summary>
    public static IReadOnlyList<SampleObject> Study(int series, int instancesPerSeries, SampleOptions? options = null, Func<SampleOptions, SampleObject>? make = null) =>
        [.. from s in Enumerable.Range(1, series)
            from i in Enumerable.Range(1, instancesPerSeries)
            select (make ?? Ct)((options ?? new()) with { SeriesNumber = s, InstanceNumber = i })];

    /// <summary>
    /// Writes a native multi-frame object of any size (in Explicit VR Little Endian, as a file or as a bare data set) without holding it in memory.
    /// </summary>
    public static SampleObject WriteLarge(Stream output, SampleOptions options, bool asFile = true)
    {
        var sample = MultiFrame(options with { TransferSyntax = TransferSyntaxRegistry.ExplicitVrLittleEndian, Frames = 1 });
        var frames = options.Frames ?? 4;
        var header = sample.Dataset;
        var frame = ((ValueElement)header[Tags.PixelData]!).Value;
        header.Set(Tags.NumberOfFrames, frames).Remove(Tags.PixelData);
        if (asFile) output.Write(sample.FileMeta.ToPart10Header());
        output.Write(sample.ToDatasetBytes());
        Span<byte> element = [0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)'W', 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(element[8..], checked((uint)((long)frame.Length * frames)));
        output.Write(element);
        for (var i = 0; i < frames; i++) output.Write(frame.Span);
        return sample;
    }

    /// <summary>The UID that a seed and a name stand for.</summary>
    public static string UidOf(int seed, string name) => Uid.FromUuid(new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{name}")).AsSpan(0, 16)));

    /// <summary>Where a slice is: one frame of reference for the study.</summary>
    private static (Tag Tag, string Value)[] Place(SampleOptions? options)
    {
        options ??= new();
        return
        [
            (Tags.FrameOfReferenceUID, UidOf(options.Seed, $"{options.StudyInstanceUid}/frame of reference")), (Tags.PositionReferenceIndicator, ""),
            (Tags.ImageOrientationPatient, @"1\0\0\0\1\0"), (Tags.ImagePositionPatient, $@"0\0\{5 * options.InstanceNumber}"), (Tags.SliceThickness, "5"),
        ];
    }

    private static SampleObject Image(SampleOptions options, string sopClass, string modality, int size, ushort bits, (Tag Tag, string Value)[] extra)
    {
        var dataset = Common(options, sopClass, modality);
        int rows = options.Rows ?? size, columns = options.Columns ?? size;
        dataset.Set(Tags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL").Set(Tags.SamplesPerPixel, 1).Set(Tags.PhotometricInterpretation, "MONOCHROME2")
            .Set(Tags.Rows, rows).Set(Tags.Columns, columns).Set(Tags.BitsAllocated, bits).Set(Tags.BitsStored, bits).Set(Tags.HighBit, bits - 1)
            .Set(Tags.PixelRepresentation, "0").Set(Tags.PixelSpacing, "0.5", "0.5");
        if (options.Frames is { } count) dataset.Set(Tags.NumberOfFrames, count);
        // By time, and that is in Frame Time.
        if (modality == "US") dataset.Set(new ValueElement(Tags.FrameIncrementPointer, Vr.AT, new byte[] { 0x18, 0x00, 0x63, 0x10 }));
        foreach (var (tag, value) in extra) dataset.Set(tag, value.Split('\\'));
        var frames = options.Frames ?? 1;
        dataset.Set(options.TransferSyntax is { IsEncapsulated: true }
            ? new FragmentsElement(Tags.PixelData, Vr.OB, Fragments(options, frames))
            : new ValueElement(Tags.PixelData, Vr.OW, Even(Noise(options, checked(rows * columns * bits / 8 * frames)))));
        return Finish(dataset, options);
    }

    private static DicomDataset Common(SampleOptions options, string sopClass, string modality)
    {
        var (seed, series) = (options.Seed, options.SeriesNumber);
        var dataset = new DicomDataset();
        if (options.CharacterSet.Count > 0) dataset.Set(Tags.SpecificCharacterSet, options.CharacterSet);
        dataset.Set(Tags.SOPClassUID, options.SopClassUid ?? sopClass)
            .Set(Tags.SOPInstanceUID, options.SopInstanceUid ?? UidOf(seed, $"{options.StudyInstanceUid}/{modality}/{series}/{options.InstanceNumber}"))
            .Set(Tags.StudyDate, options.StudyDate).Set(Tags.SeriesDate, options.StudyDate).Set(Tags.ContentDate, options.StudyDate)
            .Set(Tags.StudyTime, options.StudyTime).Set(Tags.SeriesTime, options.StudyTime).Set(Tags.ContentTime, options.StudyTime)
            .Set(Tags.AccessionNumber, options.AccessionNumber ?? $"A{seed}").Set(Tags.Modality, options.Modality ?? modality)
            .Set(Tags.Manufacturer, "Sample").Set(Tags.ReferringPhysicianName, "Roe^Richard")
            .Set(Tags.StudyDescription, options.StudyDescription).Set(Tags.SeriesDescription, $"Series {series}")
            .Set(Tags.PatientName, options.PatientName).Set(Tags.PatientID, options.PatientId ?? $"P{seed}")
            .Set(Tags.PatientBirthDate, options.PatientBirthDate).Set(Tags.PatientSex, options.PatientSex)
            .Set(Tags.StudyInstanceUID, options.StudyInstanceUid ?? UidOf(seed, "study"))
            .Set(Tags.SeriesInstanceUID, options.SeriesInstanceUid ?? UidOf(seed, $"{options.StudyInstanceUid}/{modality}/{series}"))
            .Set(Tags.StudyID, "1").Set(Tags.SeriesNumber, series).Set(Tags.InstanceNumber, options.InstanceNumber);
        if (options.IssuerOfPatientId is { } issuer) dataset.Set(Tags.IssuerOfPatientID, issuer);
        return dataset;
    }

    private static SampleObject Finish(DicomDataset dataset, SampleOptions options)
    {
        options.Customize?.Invoke(dataset);
        return new SampleObject(dataset, options.TransferSyntax ?? TransferSyntaxRegistry.ExplicitVrLittleEndian);
    }

    private static DicomDataset Child(DicomDataset parent)
    {
        // Text of an item is encoded as its data set says, which the item learns only when it is added.
        var item = new DicomDataset();
        _ = new DicomDataset().Set(parent[Tags.SpecificCharacterSet] ?? new ValueElement(Tags.SpecificCharacterSet, Vr.CS, default)).Set(Tags.ContentSequence, item);
        return item;
    }

    private static DicomDataset Code(DicomDataset parent, string value, string scheme, string meaning) =>
        Child(parent).Set(Tags.CodeValue, value).Set(Tags.CodingSchemeDesignator, scheme).Set(Tags.CodeMeaning, meaning);

    private static byte[] Noise(SampleOptions options, int length)
    {
        var bytes = new byte[length];
        new Random(Seed(options)).NextBytes(bytes);
        return bytes;
    }

    private static int Seed(SampleOptions options) => unchecked(options.Seed * 31 + options.SeriesNumber * 1009 + options.InstanceNumber);

    private static List<ReadOnlyMemory<byte>> Fragments(SampleOptions options, int frames)
    {
        var random = new Random(Seed(options));
        List<ReadOnlyMemory<byte>> fragments = [];
        List<uint> offsets = [];
        var offset = 0u;
        for (var frame = 0; frame < frames; frame++)
        {
            offsets.Add(offset);
            for (var part = 0; part < options.FragmentsPerFrame; part++)
            {
                var bytes = new byte[64 + random.Next(64) * 2];
                // Below 0xE0 no byte can be taken for a marker.
                for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.Next(0xE0);
                if (part == 0) (bytes[0], bytes[1]) = (0xFF, 0xD8);
                if (part == options.FragmentsPerFrame - 1) (bytes[^2], bytes[^1]) = (0xFF, 0xD9);
                fragments.Add(bytes);
                offset += 8 + (uint)bytes.Length;
            }
        }
        var table = new byte[options.HasOffsetTable ? offsets.Count * 4 : 0];
        for (var i = 0; i < table.Length / 4; i++) BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(i * 4), offsets[i]);
        return [table, .. fragments];
    }

    private static byte[] Even(byte[] bytes) => (bytes.Length & 1) == 0 ? bytes : [.. bytes, 0];
}
