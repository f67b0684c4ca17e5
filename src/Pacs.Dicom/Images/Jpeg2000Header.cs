using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;

namespace Pacs.Dicom.Images;

/// <summary>
/// JPEG 2000 and its high-throughput form (ISO 15444-1 §A.5, 15444-15): the main header of the code stream. Of a JP2 or JPH
/// file only the code stream is taken, as PS3.5 §A.4.4 asks.
/// <code>
///   SIZ   FF51 | length 2 | capabilities 2 | Xsiz 4 | Ysiz 4 | XOsiz 4 | YOsiz 4 | tiles 16 | components 2 | (Ssiz 1 | XRsiz 1 | YRsiz 1)…
///   COD   FF52 | length 2 | style 1 | progression 1 | layers 2 | component transform 1 | levels 1 | block 2 | style 1 | wavelet 1 | …
/// </code>
/// </summary>
internal static class Jpeg2000Header
{
    private const int Siz = 0xFF51, Cod = 0xFF52, Cap = 0xFF50, StartOfTile = 0xFF90;
    private const uint CodestreamBox = 0x6A703263;

    public static EncodedImage ReadFile(ImageInput input, StreamedValue source)
    {
        for (long position = 0; ;)
        {
            var (type, content, end) = Boxes.Read(input, position, input.Length);
            if (type == CodestreamBox)
            {
                input.Position = content;
                return Read(input, EncodedImage.Slice(source, content, end - content), content, end - content);
            }
            position = end;
        }
    }

    public static EncodedImage Read(ImageInput input, StreamedValue codestream, long start, long length)
    {
        if (length < 12) throw new EndOfStreamException();
        input.Position = start + 2;
        long columns = 0, rows = 0;
        int components = 0, depth = 0;
        bool isHighThroughput = false, isTransformed = false, isReversible = false, hasStyle = false;
        while (true)
        {
            var marker = input.UInt16();
            if (marker == StartOfTile) break;
            if (marker < 0xFF00) throw new ImageFormatException("The JPEG 2000 code stream is broken: a marker is expected.");
            var end = input.Position + input.UInt16();
            switch (marker)
            {
                case Siz:
                    input.UInt16();
                    var (width, height, left, top) = (input.UInt32(), input.UInt32(), input.UInt32(), input.UInt32());
                    (columns, rows) = ((long)width - left, (long)height - top);
                    input.Bytes(16);
                    (components, depth) = (input.UInt16(), input.Byte());
                    break;
                case Cap:
                    // Pcap: bit 15 from the left is Part 15.
                    isHighThroughput = (input.UInt32() & 0x0002_0000) != 0;
                    break;
                case Cod:
                    input.Bytes(4);
                    isTransformed = input.Byte() != 0;
                    input.Bytes(4);
                    (isReversible, hasStyle) = (input.Byte() == 1, true);
                    break;
            }
            input.Position = end;
        }
        EncodedImage.CheckSize(columns, rows);
        if (!hasStyle) throw new ImageFormatException("The JPEG 2000 code stream has no coding style.");
        if (components is not (1 or 3)) throw new ImageFormatException($"The JPEG 2000 image has {components} components: 1 or 3 can be stored.");
        var bits = (depth & 0x7F) + 1;
        if (bits > 16) throw new ImageFormatException("The JPEG 2000 image has more than 16 bits.");
        var uid = (isHighThroughput, isReversible) switch
        {
            (true, true) => Uids.HTJ2KLossless,
            (true, false) => Uids.HTJ2K,
            (false, true) => Uids.JPEG2000Lossless,
            _ => Uids.JPEG2000,
        };
        var photometric = components == 1 ? "MONOCHROME2" : !isTransformed ? "RGB" : isReversible ? "YBR_RCT" : "YBR_ICT";
        return new EncodedImage(EncodedImage.Syntax(uid), (int)rows, (int)columns, components, bits, photometric, codestream) { IsSigned = (depth & 0x80) != 0 };
    }
}
