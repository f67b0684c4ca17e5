using Pacs.Dicom.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Images;

/// <summary>
/// PNG (ISO 15948) up to its image data.
/// <code>
///   chunk   length 4 | type 4 | data | CRC 4
///   IHDR    width 4 | height 4 | bit depth 1 | colour type 1 | compression 1 | filter 1 | interlace 1
/// </code>
/// </summary>
/// <param name="Columns">Pixels of a row.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Depth">Bits of a sample, or of an index.</param>
/// <param name="ColourType">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.</param>
/// <param name="IsInterlaced">By Adam7.</param>
/// <param name="Palette">RGB of each index.</param>
/// <param name="DataOffset">Of the first chunk of image data.</param>
internal sealed record PngHeader(int Columns, int Rows, int Depth, int ColourType, bool IsInterlaced, byte[] Palette, long DataOffset)
{
    private const uint Ihdr = 0x49484452, Plte = 0x504C5445;
    public const uint Idat = 0x49444154;

    /// <summary>Rows of an interlaced image come all over it: it is decoded in memory, up to so many bytes.</summary>
    private const long MaxInterlaced = 64 << 20;

    /// <summary>Samples of a pixel as they are coded.</summary>
    public int Channels => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>Samples of a pixel that are kept: alpha is not (PS3.18 §10.5.2).</summary>
    public int Samples => ColourType is 2 or 3 or 6 ? 3 : 1;

    public int BytesPerSample => Depth == 16 ? 2 : 1;

    public int RowLength => checked(Columns * Samples * BytesPerSample);

    public long DecodedLength => (long)Rows * RowLength;

    /// <summary>Bytes of a coded row of so many pixels, without its filter.</summary>
    public int CodedLength(int pixels) => (int)(((long)pixels * Channels * Depth + 7) / 8);

    public static EncodedImage Read(ImageInput input, StreamedValue source)
    {
        var header = ReadHeader(input);
        if (header.DecodedLength > EncodedImage.MaxDecodedLength) throw new ImageFormatException($"The PNG image has more than {EncodedImage.MaxDecodedLength} bytes of pixels.");
        if (header.IsInterlaced && header.DecodedLength > MaxInterlaced) throw new ImageFormatException($"The PNG image is interlaced and has more than {MaxInterlaced} bytes of pixels: send it without interlace.");
        var pixels = new StreamedValue(header.DecodedLength, () => new PngStream(source.Open(), header));
        return new EncodedImage(TransferSyntaxRegistry.ExplicitVrLittleEndian, header.Rows, header.Columns, header.Samples, header.Depth == 16 ? 16 : 8,
            header.Samples == 1 ? "MONOCHROME2" : "RGB", pixels);
    }

    private static PngHeader ReadHeader(ImageInput input)
    {
        input.Position = 8;
        PngHeader? header = null;
        while (true)
        {
            var (length, type) = (input.UInt32(), input.UInt32());
            var content = input.Position;
            switch (type)
            {
                case Ihdr when header is null && length == 13:
                    var (columns, rows) = (input.UInt32(), input.UInt32());
                    EncodedImage.CheckSize(columns, rows);
                    var (depth, colourType, compression, filter, interlace) = (input.Byte(), input.Byte(), input.Byte(), input.Byte(), input.Byte());
                    if (!IsAllowed(colourType, depth) || compression != 0 || filter != 0 || interlace > 1) throw new ImageFormatException("The PNG image is of a form that there is not.");
                    header = new PngHeader((int)columns, (int)rows, depth, colourType, interlace == 1, [], 0);
                    break;
                case Plte when header is not null && length is > 0 and <= 768 && length % 3 == 0:
                    header = header with { Palette = input.Bytes((int)length) };
                    break;
                case Idat:
                    if (header is null || (header.ColourType == 3 && header.Palette.Length == 0)) throw new ImageFormatException("The PNG image has no header, or no palette.");
                    return header with { DataOffset = content - 8 };
            }
            input.Position = content + length + 4;
        }
    }

    private static bool IsAllowed(int colourType, int depth) => colourType switch
    {
        0 => depth is 1 or 2 or 4 or 8 or 16,
        3 => depth is 1 or 2 or 4 or 8,
        2 or 4 or 6 => depth is 8 or 16,
        _ => false,
    };
}
