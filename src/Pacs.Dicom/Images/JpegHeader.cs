using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;

namespace Pacs.Dicom.Images;

/// <summary>
/// JPEG and JPEG-LS (ISO 10918-1 §B, ISO 14495-1 §C): the frame header, and what before it tells of colours.
/// <code>
///   SOFn   FF Cn | length 2 | precision 1 | rows 2 | columns 2 | components 1 | (id 1 | sampling 1 | table 1)…
///   SOS    FF DA | length 2 | components 1 | (id 1 | table 1)… | predictor or NEAR 1 | …
/// </code>
/// </summary>
internal static class JpegHeader
{
    private const int StartOfScan = 0xDA, EndOfImage = 0xD9, App14 = 0xEE, LosslessFrame = 0xC3, LsFrame = 0xF7;

    private sealed record Frame(int Marker, int Precision, int Rows, int Columns, (int Id, int Sampling)[] Components);

    public static EncodedImage Read(ImageInput input, StreamedValue source)
    {
        input.Position = 2;
        Frame? frame = null;
        int? adobeTransform = null;
        while (true)
        {
            if (input.Byte() != 0xFF) throw new ImageFormatException("The JPEG image is broken: a marker is expected.");
            int marker;
            while ((marker = input.Byte()) == 0xFF) { }
            if (marker is >= 0xD0 and <= 0xD8 or 0x01) continue;
            if (marker == EndOfImage) throw new ImageFormatException("The JPEG image has no scan.");
            var end = input.Position + input.UInt16();
            switch (marker)
            {
                case App14 when end - input.Position >= 12 && input.Bytes(5) is [(byte)'A', (byte)'d', (byte)'o', (byte)'b', (byte)'e']:
                    adobeTransform = input.Bytes(7)[6];
                    break;
                case >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC or LsFrame:
                    frame = ReadFrame(input, marker);
                    break;
                case StartOfScan:
                    return Describe(frame ?? throw new ImageFormatException("The JPEG image has no frame header."), ReadScan(input), adobeTransform, source);
            }
            input.Position = end;
        }
    }

    private static Frame ReadFrame(ImageInput input, int marker)
    {
        var (precision, rows, columns, count) = (input.Byte(), input.UInt16(), input.UInt16(), input.Byte());
        if (precision is < 2 or > 16) throw new ImageFormatException("The JPEG image has a precision that is none.");
        EncodedImage.CheckSize(columns, rows);
        var components = new (int, int)[count];
        for (var i = 0; i < count; i++)
        {
            components[i] = (input.Byte(), input.Byte());
            input.Byte();
        }
        return new Frame(marker, precision, rows, columns, components);
    }

    /// <summary>The predictor of a lossless scan, the NEAR of JPEG-LS.</summary>
    private static int ReadScan(ImageInput input)
    {
        var components = input.Byte();
        input.Bytes(components * 2);
        return input.Byte();
    }

    private static EncodedImage Describe(Frame frame, int parameter, int? adobeTransform, StreamedValue source)
    {
        var uid = frame.Marker switch
        {
            0xC0 => Uids.JPEGBaseline8Bit,
            0xC1 => Uids.JPEGExtended12Bit,
            0xC2 => Uids.JPEGFullProgressionNonHierarchical1012,
            LosslessFrame => parameter == 1 ? Uids.JPEGLosslessSV1 : Uids.JPEGLossless,
            LsFrame => parameter == 0 ? Uids.JPEGLSLossless : Uids.JPEGLSNearLossless,
            _ => throw new ImageFormatException("The JPEG image is coded in a way that has no transfer syntax."),
        };
        var samples = frame.Components.Length;
        if (samples is not (1 or 3)) throw new ImageFormatException($"The JPEG image has {samples} components: 1 or 3 can be stored.");
        return new EncodedImage(EncodedImage.Syntax(uid), frame.Rows, frame.Columns, samples, frame.Precision, Photometric(frame, adobeTransform), source);
    }

    /// <summary>As decoders take it: JFIF and Adobe's marker, else the components' names (libjpeg does the same).</summary>
    private static string Photometric(Frame frame, int? adobeTransform)
    {
        if (frame.Components.Length == 1) return "MONOCHROME2";
        var isRgb = frame.Marker is LosslessFrame or LsFrame
            ? adobeTransform is not 1
            : adobeTransform is 0 || (adobeTransform is null && frame.Components is [('R', _), ('G', _), ('B', _)]);
        if (isRgb) return "RGB";
        return frame.Components[0].Sampling == frame.Components[1].Sampling ? "YBR_FULL" : "YBR_FULL_422";
    }
}
