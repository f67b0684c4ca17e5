using Pacs.Dicom.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Images;

/// <summary>
/// What an image or video as other programs write it says of itself, and its pixels as they are put into a DICOM object: the
/// code stream where there is a transfer syntax for it, decoded where there is none (PNG, GIF; PS3.18 Table 10.5.2-1).
/// </summary>
/// <param name="TransferSyntax">The narrowest that it belongs to; Explicit VR Little Endian for what is decoded.</param>
/// <param name="Rows">(0028,0010).</param>
/// <param name="Columns">(0028,0011).</param>
/// <param name="SamplesPerPixel">(0028,0002).</param>
/// <param name="BitsStored">(0028,0101).</param>
/// <param name="PhotometricInterpretation">(0028,0004).</param>
/// <param name="Pixels">The code stream, or the decoded pixels of all frames.</param>
public sealed record EncodedImage(TransferSyntax TransferSyntax, int Rows, int Columns, int SamplesPerPixel, int BitsStored, string PhotometricInterpretation, StreamedValue Pixels)
{
    /// <summary>Bytes that a PNG or GIF may be decoded to.</summary>
    public const long MaxDecodedLength = 1L << 30;

    /// <summary>(0028,0100): 8, or 16 beyond eight bits.</summary>
    public int BitsAllocated => BitsStored <= 8 ? 8 : 16;

    /// <summary>(0028,0103).</summary>
    public bool IsSigned { get; init; }

    /// <summary>Frames, where the format tells; null for a video that does not.</summary>
    public int? Frames { get; init; } = 1;

    /// <summary>Milliseconds of a frame, where the format tells.</summary>
    public double? FrameTime { get; init; }

    /// <summary>Reads as much of it as describes it. What it is, is told by its first bytes.</summary>
    /// <param name="source">All of it; opened streams can seek.</param>
    /// <exception cref="ImageFormatException">It is nothing that is known here, or broken.</exception>
    public static EncodedImage Read(StreamedValue source)
    {
        using var input = source.Open();
        var reader = new ImageInput(input, source.Length);
        var magic = reader.Peek(12);
        try
        {
            return magic switch
            {
                [0xFF, 0xD8, 0xFF, ..] => JpegHeader.Read(reader, source),
                [0xFF, 0x4F, 0xFF, 0x51, ..] => Jpeg2000Header.Read(reader, source, 0, source.Length),
                [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' ', ..] => Jpeg2000Header.ReadFile(reader, source),
                [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, ..] => PngHeader.Read(reader, source),
                [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => GifHeader.Read(reader, source),
                [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => Mp4Header.Read(reader, source),
                [0, 0, 1, 0xB3 or 0xBA, ..] or [0x47, ..] => Mpeg2Header.Read(reader, source),
                _ => throw new ImageFormatException("No image or video that is known here."),
            };
        }
        catch (EndOfStreamException)
        {
            throw new ImageFormatException("The image ends within its header.");
        }
    }

    internal static TransferSyntax Syntax(string uid) => TransferSyntaxRegistry.GetOrAssume(uid);

    internal static StreamedValue Slice(StreamedValue source, long offset, long length) => offset == 0 && length == source.Length ? source : new StreamedValue(length, () =>
    {
        var stream = source.Open();
        stream.Seek(offset, SeekOrigin.Current);
        return stream;
    });

    /// <exception cref="ImageFormatException">No picture, or too large a one.</exception>
    internal static void CheckSize(long columns, long rows)
    {
        if (rows is <= 0 or > ushort.MaxValue || columns is <= 0 or > ushort.MaxValue) throw new ImageFormatException("The image has no size that Rows and Columns can hold.");
    }
}
