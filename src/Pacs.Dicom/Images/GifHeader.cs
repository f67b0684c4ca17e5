using Pacs.Dicom.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Images;

/// <summary>
/// GIF 87a and 89a: the screen, and how many pictures there are for how long.
/// <code>
///   "GIF89a" | columns 2 | rows 2 | flags 1 | background 1 | aspect 1 | [palette] | blocks… | 3B
///   21 F9 04 | flags 1 | delay 2 (1/100 s) | transparent 1 | 00
///   2C | left 2 | top 2 | columns 2 | rows 2 | flags 1 | [palette] | code size 1 | sub-blocks… 00
/// </code>
/// </summary>
internal static class GifHeader
{
    public const int Extension = 0x21, GraphicControl = 0xF9, Picture = 0x2C, Trailer = 0x3B;

    /// <summary>Pictures are painted over one another in memory, in so many bytes.</summary>
    private const long MaxScreen = 64 << 20;

    public static EncodedImage Read(ImageInput input, StreamedValue source)
    {
        input.Position = 6;
        var (columns, rows, flags) = (input.UInt16LittleEndian(), input.UInt16LittleEndian(), input.Byte());
        EncodedImage.CheckSize(columns, rows);
        var screen = (long)columns * rows * 3;
        if (screen > MaxScreen) throw new ImageFormatException($"The GIF image has more than {MaxScreen} bytes of pixels in a frame.");
        input.Position = 13 + PaletteLength(flags);
        var (frames, delays) = (0, 0L);
        while (true)
        {
            switch (input.Byte())
            {
                case Extension:
                    if (input.Byte() == GraphicControl)
                    {
                        input.Bytes(2);
                        delays += input.UInt16LittleEndian();
                        input.Byte();
                    }
                    SkipBlocks(input);
                    break;
                case Picture:
                    frames++;
                    input.Bytes(8);
                    var picture = input.Byte();
                    input.Position += PaletteLength(picture) + 1;
                    SkipBlocks(input);
                    break;
                case Trailer:
                    if (frames == 0) throw new ImageFormatException("The GIF image has no picture.");
                    if (screen * frames > EncodedImage.MaxDecodedLength) throw new ImageFormatException($"The GIF image has more than {EncodedImage.MaxDecodedLength} bytes of pixels.");
                    var pixels = new StreamedValue(screen * frames, () => new GifStream(source.Open(), columns, rows));
                    return new EncodedImage(TransferSyntaxRegistry.ExplicitVrLittleEndian, rows, columns, 3, 8, "RGB", pixels)
                    {
                        Frames = frames,
                        FrameTime = frames > 1 && delays > 0 ? delays * 10.0 / frames : null,
                    };
                default:
                    throw new ImageFormatException("The GIF image is broken: a block is expected.");
            }
        }
    }

    /// <summary>Bytes of the palette that the flags tell of.</summary>
    public static int PaletteLength(int flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static void SkipBlocks(ImageInput input)
    {
        for (int length; (length = input.Byte()) != 0;) input.Position += length;
    }
}
