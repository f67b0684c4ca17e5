using Pacs.Dicom.Datasets;

namespace Pacs.Dicom.Images;

/// <summary>
/// MPEG-2 video, bare or within a program or transport stream (ISO 13818-1, -2): the first sequence header.
/// <code>
///   00 00 01 B3 | columns 12 bits | rows 12 bits | aspect 4 bits | frame rate 4 bits | …
/// </code>
/// </summary>
internal static class Mpeg2Header
{
    private const int Searched = 1 << 20;
    private static readonly double[] FrameRates = [0, 24000 / 1001.0, 24, 25, 30000 / 1001.0, 30, 50, 60000 / 1001.0, 60];

    public static EncodedImage Read(ImageInput input, StreamedValue source)
    {
        ReadOnlySpan<byte> bytes = input.Peek(Searched);
        var at = bytes.IndexOf([(byte)0, (byte)0, (byte)1, (byte)0xB3]);
        if (at < 0 || bytes.Length < at + 8) throw new ImageFormatException("No sequence header of MPEG-2 is near the beginning of the video.");
        var header = bytes[(at + 4)..];
        var (columns, rows) = ((header[0] << 4) | (header[1] >> 4), ((header[1] & 0x0F) << 8) | header[2]);
        EncodedImage.CheckSize(columns, rows);
        var rate = header[3] & 0x0F;
        // Main level ends at 720 by 576 (ISO 13818-2 Table 8-13).
        var uid = columns <= 720 && rows <= 576 ? "1.2.840.10008.1.2.4.100" : "1.2.840.10008.1.2.4.101";
        return new EncodedImage(EncodedImage.Syntax(uid), rows, columns, 3, 8, "YBR_PARTIAL_420", source)
        {
            Frames = null,
            FrameTime = rate is > 0 and < 9 ? 1000 / FrameRates[rate] : null,
        };
    }
}
