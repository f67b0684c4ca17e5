using System.Globalization;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Images;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Ingest;

namespace Pacs.Api.Stow;

/// <summary>The Image Pixel Description Macro (PS3.3 Table C.7-11c): from the image where the metadata leave it out, held against it where they do not.</summary>
internal static class PixelDescription
{
    private static readonly Tag[] Required =
        [Tags.SamplesPerPixel, Tags.PhotometricInterpretation, Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.BitsStored, Tags.HighBit, Tags.PixelRepresentation];

    /// <summary>Bytes of frame time as a DS.</summary>
    private const string FrameTimeFormat = "0.######";

    /// <exception cref="AssemblyException">The metadata describe another image.</exception>
    public static void Put(DicomDataset dataset, EncodedImage image, long? frames, long codedLength)
    {
        FillOrCheck(dataset, Tags.Rows, image.Rows);
        FillOrCheck(dataset, Tags.Columns, image.Columns);
        FillOrCheck(dataset, Tags.SamplesPerPixel, image.SamplesPerPixel);
        Fill(dataset, Tags.PhotometricInterpretation, image.PhotometricInterpretation);
        if (image.SamplesPerPixel > 1) Fill(dataset, Tags.PlanarConfiguration, 0);
        var isNative = !image.TransferSyntax.IsEncapsulated;
        Fill(dataset, Tags.BitsAllocated, image.BitsAllocated);
        Fill(dataset, Tags.BitsStored, image.BitsStored);
        var (allocated, stored) = (dataset.GetInteger(Tags.BitsAllocated), dataset.GetInteger(Tags.BitsStored));
        // A code stream may be made with more bits than are stored in it.
        if (isNative ? allocated != image.BitsAllocated : allocated < image.BitsStored) throw Differs(Tags.BitsAllocated);
        if (stored is null || stored > image.BitsStored) throw Differs(Tags.BitsStored);
        Fill(dataset, Tags.HighBit, stored.Value - 1);
        Fill(dataset, Tags.PixelRepresentation, image.IsSigned ? 1 : 0);
        if (frames > 1 || dataset.GetString(Tags.NumberOfFrames) is not null && frames is not null) FillOrCheck(dataset, Tags.NumberOfFrames, frames.Value);
        PutTimes(dataset, image, frames);
        if (image.TransferSyntax.IsLossy) PutLossy(dataset, image, frames, codedLength);
    }

    /// <exception cref="AssemblyException">Something that no header tells is left out.</exception>
    public static void CheckPresent(DicomDataset dataset)
    {
        foreach (var tag in Required)
            if (dataset.GetString(tag) is null) throw new AssemblyException(IngestOutcome.IodMismatch, $"{DataElementDictionary.KeywordOf(tag)} is missing, and the pixel data does not tell it.");
    }

    /// <summary>Native pixel data has at least as many bytes as the attributes ask for.</summary>
    /// <exception cref="AssemblyException">It has not, or they are missing.</exception>
    public static void CheckNative(DicomDataset dataset)
    {
        long? length = dataset[Tags.PixelData] switch
        {
            StreamedElement streamed => streamed.Length,
            ValueElement value => value.Value.Length,
            _ => null,
        };
        if (length is null) return;
        CheckPresent(dataset);
        // Metadata may say any numbers: what is too large for others is not for this kind.
        double bits = dataset.GetInteger(Tags.BitsAllocated) ?? 0;
        foreach (var tag in (Tag[])[Tags.Rows, Tags.Columns, Tags.SamplesPerPixel]) bits *= dataset.GetInteger(tag) ?? 0;
        bits *= dataset.GetInteger(Tags.NumberOfFrames) ?? 1;
        // Every second pixel has no colour of its own (PS3.3 §C.7.6.3.1.2).
        if (dataset.GetString(Tags.PhotometricInterpretation) is "YBR_FULL_422" or "YBR_PARTIAL_422") bits = bits * 2 / 3;
        if (bits <= 0 || length * 8.0 < bits) throw new AssemblyException(IngestOutcome.IodMismatch, "The pixel data is shorter than its attributes say.");
    }

    /// <exception cref="AssemblyException">The metadata say something else.</exception>
    public static void FillOrCheck(DicomDataset dataset, Tag tag, long value)
    {
        Fill(dataset, tag, value);
        if (dataset.GetInteger(tag) != value) throw Differs(tag);
    }

    /// <inheritdoc cref="FillOrCheck(DicomDataset, Tag, long)"/>
    public static void FillOrCheck(DicomDataset dataset, Tag tag, string value, StringComparison comparison)
    {
        Fill(dataset, tag, value);
        if (!string.Equals(dataset.GetString(tag), value, comparison)) throw Differs(tag);
    }

    private static void PutTimes(DicomDataset dataset, EncodedImage image, long? frames)
    {
        if (image.FrameTime is not { } time || frames == 1 || dataset.Contains(Tags.FrameTime) || dataset.Contains(Tags.FrameTimeVector)) return;
        dataset.Set(Tags.FrameTime, time.ToString(FrameTimeFormat, CultureInfo.InvariantCulture));
        if (!dataset.Contains(Tags.FrameIncrementPointer)) dataset.Set(Tags.FrameIncrementPointer, Tags.FrameTime.ToHex());
    }

    /// <summary>PS3.3 §C.7.6.1.1.5.</summary>
    private static void PutLossy(DicomDataset dataset, EncodedImage image, long? frames, long codedLength)
    {
        FillOrCheck(dataset, Tags.LossyImageCompression, "01", StringComparison.Ordinal);
        if (MethodOf(image.TransferSyntax.Uid) is { } method) Fill(dataset, Tags.LossyImageCompressionMethod, method);
        if (frames is null || codedLength == 0) return;
        var ratio = (double)image.Rows * image.Columns * image.SamplesPerPixel * image.BitsAllocated / 8 * frames.Value / codedLength;
        Fill(dataset, Tags.LossyImageCompressionRatio, ratio.ToString("0.##", CultureInfo.InvariantCulture));
    }

    private static string? MethodOf(string uid) => Negotiation.MediaTypes.OfFrame(Pacs.Dicom.TransferSyntaxes.TransferSyntaxRegistry.GetOrAssume(uid)) switch
    {
        "image/jls" => "ISO_14495_1",
        "image/jp2" => "ISO_15444_1",
        "image/jphc" => "ISO_15444_15",
        "video/mpeg" => "ISO_13818_2",
        "video/mp4" => "ISO_14496_10",
        "video/H265" => "ISO_23008_2",
        _ => "ISO_10918_1",
    };

    private static void Fill(DicomDataset dataset, Tag tag, long value)
    {
        if (dataset.GetString(tag) is null) dataset.Set(tag, value);
    }

    private static void Fill(DicomDataset dataset, Tag tag, string value)
    {
        if (dataset.GetString(tag) is null) dataset.Set(tag, value);
    }

    private static AssemblyException Differs(Tag tag) =>
        new(IngestOutcome.IodMismatch, $"{DataElementDictionary.KeywordOf(tag)} is not that of the bulk data.");
}
