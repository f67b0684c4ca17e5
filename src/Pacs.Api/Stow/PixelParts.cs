using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Images;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Ingest;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Stow;

/// <summary>
/// Pixel data from parts: octets as they are, images and video encapsulated as they are in the transfer syntax that their
/// code stream belongs to, PNG and GIF decoded (PS3.18 Table 10.5.2-1).
/// </summary>
internal static class PixelParts
{
    private const string DicomRle = "image/dicom-rle", JpegXl = "image/jxl", DeflatedFrame = "application/x-deflate";

    private static readonly HashSet<string> Images = new(StringComparer.OrdinalIgnoreCase)
    {
        "image/jpeg", "image/jls", "image/jp2", "image/jpx", "image/j2c", "image/jph", "image/jphc", "image/png", "image/gif",
        "video/mpeg", "video/mpeg2", "video/mp4", "video/h264", "video/h265",
    };

    /// <summary>Puts the pixel data and its description into the data set.</summary>
    /// <returns>The transfer syntax to write it in.</returns>
    /// <exception cref="AssemblyException">It cannot be.</exception>
    public static TransferSyntax Put(DicomDataset dataset, Vr vr, IReadOnlyList<BulkPart> parts, string? hint)
    {
        var media = parts[0].MediaType;
        if (parts.Any(p => p.MediaType.Name != media.Name)) throw new AssemblyException(IngestOutcome.NotUnderstood, "The parts of the pixel data are of different media types.");
        var wanted = Registered(media.TransferSyntax) ?? (media.Name == MediaTypes.OctetStream ? Registered(hint) : null);
        if (Images.Contains(media.Name)) return PutImages(dataset, vr, parts, wanted);
        var syntax = media.Name switch
        {
            DicomRle => TransferSyntaxRegistry.GetOrAssume(Uids.RLELossless),
            JpegXl => wanted ?? TransferSyntaxRegistry.GetOrAssume("1.2.840.10008.1.2.4.112"),
            DeflatedFrame => TransferSyntaxRegistry.GetOrAssume("1.2.840.10008.1.2.8.1"),
            MediaTypes.OctetStream => wanted ?? TransferSyntaxRegistry.ExplicitVrLittleEndian,
            _ => throw new AssemblyException(IngestOutcome.TransferSyntaxNotTaken, "No transfer syntax belongs to the media type of the pixel data."),
        };
        if (syntax.IsNative) return PutNative(dataset, vr, parts, syntax);
        if (IsKnown(parts[0])) return PutImages(dataset, vr, parts, syntax);
        dataset.Set(new StreamedElement(Tags.PixelData, Vr.OB, [.. parts.Select(p => p.Value)], isEncapsulated: true));
        PixelDescription.CheckPresent(dataset);
        if (parts.Count > 1) PixelDescription.FillOrCheck(dataset, Tags.NumberOfFrames, parts.Count);
        return syntax;
    }

    private static TransferSyntax PutNative(DicomDataset dataset, Vr vr, IReadOnlyList<BulkPart> parts, TransferSyntax syntax)
    {
        // PS3.18 §10.5.1.4: octets are little endian.
        if (syntax.IsBigEndian) throw new AssemblyException(IngestOutcome.TransferSyntaxNotTaken, "Octets of pixel data are sent in little endian.");
        if (parts.Count > 1) PixelDescription.FillOrCheck(dataset, Tags.NumberOfFrames, parts.Count);
        Set(dataset, vr, [.. parts.Select(p => p.Value)]);
        return TransferSyntaxRegistry.ExplicitVrLittleEndian;
    }

    private static TransferSyntax PutImages(DicomDataset dataset, Vr vr, IReadOnlyList<BulkPart> parts, TransferSyntax? wanted)
    {
        List<EncodedImage> images;
        try
        {
            images = [.. parts.Select(p => p.Image)];
        }
        catch (ImageFormatException e)
        {
            throw new AssemblyException(IngestOutcome.NotUnderstood, e.Message);
        }
        var first = images[0];
        if (first.TransferSyntax.IsVideo && images.Count > 1) throw new AssemblyException(IngestOutcome.NotUnderstood, "A video is one part.");
        if (images.Any(i => (i.Rows, i.Columns, i.SamplesPerPixel, i.BitsStored, i.TransferSyntax) != (first.Rows, first.Columns, first.SamplesPerPixel, first.BitsStored, first.TransferSyntax)))
            throw new AssemblyException(IngestOutcome.NotUnderstood, "The frames of the pixel data differ in size or coding.");
        PixelDescription.Put(dataset, first, images.Count > 1 ? images.Sum(i => (long?)i.Frames) : first.Frames, images.Sum(i => i.Pixels.Length));
        if (!first.TransferSyntax.IsEncapsulated)
        {
            Set(dataset, vr, [.. images.Select(i => i.Pixels)]);
            return first.TransferSyntax;
        }
        dataset.Set(new StreamedElement(Tags.PixelData, Vr.OB, [.. images.Select(i => i.Pixels)], isEncapsulated: true));
        if (wanted is null || wanted == first.TransferSyntax) return first.TransferSyntax;
        return IsWider(wanted, first.TransferSyntax) ? wanted
            : throw new AssemblyException(IngestOutcome.TransferSyntaxNotTaken, "The code stream of the pixel data is not one of the transfer syntax that its part names.");
    }

    /// <summary>
    /// Whether what belongs to one transfer syntax belongs to another, too: lossless first-order JPEG to any lossless JPEG, the
    /// reversible to the general, baseline to what extended decoders read, too (ISO 10918-1 §4.11), and of progressive JPEG,
    /// whose spectral selection its header does not tell, what the part says.
    /// </summary>
    private static bool IsWider(TransferSyntax wanted, TransferSyntax found)
    {
        var family = MediaTypes.OfFrame(found);
        return (wanted.Uid, found.Uid) switch
        {
            (Uids.JPEGLossless, Uids.JPEGLosslessSV1) => true,
            (Uids.JPEGExtended12Bit, Uids.JPEGBaseline8Bit) => true,
            (Uids.JPEGSpectralSelectionNonHierarchical68, Uids.JPEGFullProgressionNonHierarchical1012) => true,
            _ when family == "image/jpeg" => false,
            _ => wanted.IsEncapsulated && (MediaTypes.OfFrame(wanted) == family || (family == "image/jp2" && MediaTypes.OfFrame(wanted) == "image/jpx")) && (wanted.IsLossy || !found.IsLossy),
        };
    }

    private static bool IsKnown(BulkPart part)
    {
        try
        {
            return part.Image.TransferSyntax.IsEncapsulated;
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    private static void Set(DicomDataset dataset, Vr vr, IReadOnlyList<StreamedValue> values)
    {
        if (values.Sum(v => v.Length) > uint.MaxValue - 2) throw new AssemblyException(IngestOutcome.NotUnderstood, "The pixel data is longer than an element can be.");
        var fitting = dataset.GetInteger(Tags.BitsAllocated) > 8 || vr is not (Vr.OB or Vr.OW) ? Vr.OW : vr;
        dataset.Set(new StreamedElement(Tags.PixelData, fitting, values));
    }

    /// <exception cref="AssemblyException">There is no such transfer syntax.</exception>
    private static TransferSyntax? Registered(string? uid)
    {
        if (uid is null or "*") return null;
        return TransferSyntaxRegistry.TryGet(uid, out var syntax) && !syntax.IsReferenced ? syntax
            : throw new AssemblyException(IngestOutcome.TransferSyntaxNotTaken, "The transfer syntax of the pixel data is not one for bulk data.");
    }
}
