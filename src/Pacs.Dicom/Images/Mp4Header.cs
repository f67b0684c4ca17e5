using Pacs.Dicom.Datasets;

namespace Pacs.Dicom.Images;

/// <summary>
/// MPEG-4 files (ISO 14496-12): codec, size and number of frames of the first video track. The whole file is the fragment
/// (PS3.5 §8.2.7).
/// </summary>
internal static class Mp4Header
{
    private const uint Moov = 0x6D6F6F76, Trak = 0x7472616B, Mdia = 0x6D646961, Minf = 0x6D696E66, Stbl = 0x7374626C, Stsd = 0x73747364, Stsz = 0x7374737A, Mdhd = 0x6D646864, Stts = 0x73747473;
    private const uint Avc1 = 0x61766331, Avc3 = 0x61766333, Hvc1 = 0x68766331, Hev1 = 0x68657631, AvcConfiguration = 0x61766343, HevcConfiguration = 0x68766343;
    private const int VisualEntryLength = 78;

    public static EncodedImage Read(ImageInput input, StreamedValue source)
    {
        var movie = Find(input, 0, input.Length, Moov) ?? throw new ImageFormatException("The video has no description (moov).");
        for (var position = movie.Content; position < movie.End;)
        {
            var (type, content, end) = Boxes.Read(input, position, movie.End);
            if (type == Trak && ReadTrack(input, content, end, source) is { } video) return video;
            position = end;
        }
        throw new ImageFormatException("The video has no track of H.264 or H.265.");
    }

    private static EncodedImage? ReadTrack(ImageInput input, long from, long to, StreamedValue source)
    {
        if (Find(input, from, to, Mdia) is not { } media || Find(input, media.Content, media.End, Minf) is not { } information
            || Find(input, information.Content, information.End, Stbl) is not { } table || Find(input, table.Content, table.End, Stsd) is not { } descriptions) return null;
        var (codec, entry, end) = Boxes.Read(input, descriptions.Content + 8, descriptions.End);
        if (codec is not (Avc1 or Avc3 or Hvc1 or Hev1)) return null;
        input.Position = entry + 24;
        var (columns, rows) = (input.UInt16(), input.UInt16());
        EncodedImage.CheckSize(columns, rows);
        var isHevc = codec is Hvc1 or Hev1;
        string uid;
        if (Find(input, entry + VisualEntryLength, end, isHevc ? HevcConfiguration : AvcConfiguration) is { } configuration)
        {
            input.Position = configuration.Content + 1;
            // H.265: profile in the low five bits; H.264: the level is the third byte.
            uid = isHevc
                ? (input.Byte() & 0x1F) == 2 ? "1.2.840.10008.1.2.4.108" : "1.2.840.10008.1.2.4.107"
                : input.Bytes(3)[2] > 41 ? "1.2.840.10008.1.2.4.104" : "1.2.840.10008.1.2.4.102";
        }
        else
        {
            uid = isHevc ? "1.2.840.10008.1.2.4.107" : "1.2.840.10008.1.2.4.102";
        }
        var frames = Find(input, table.Content, table.End, Stsz) is { } sizes ? Number(input, sizes.Content + 8) : 0;
        return new EncodedImage(EncodedImage.Syntax(uid), rows, columns, 3, 8, "YBR_PARTIAL_420", source)
        {
            Frames = frames is > 0 and <= int.MaxValue ? (int)frames : null,
            FrameTime = FrameTime(input, media, table),
        };
    }

    /// <summary>Milliseconds, when all samples take the same time.</summary>
    private static double? FrameTime(ImageInput input, (long Content, long End) media, (long Content, long End) table)
    {
        if (Find(input, media.Content, media.End, Mdhd) is not { } header || Find(input, table.Content, table.End, Stts) is not { } times) return null;
        input.Position = header.Content;
        var isLong = input.Byte() == 1;
        var scale = Number(input, header.Content + (isLong ? 20 : 12));
        if (scale == 0 || Number(input, times.Content + 4) != 1) return null;
        return Number(input, times.Content + 12) * 1000.0 / scale;
    }

    private static uint Number(ImageInput input, long position)
    {
        input.Position = position;
        return input.UInt32();
    }

    private static (long Content, long End)? Find(ImageInput input, long from, long to, uint wanted)
    {
        for (var position = from; position + 8 <= to;)
        {
            var (type, content, end) = Boxes.Read(input, position, to);
            if (type == wanted) return (content, end);
            position = end;
        }
        return null;
    }
}
