using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Pacs.TestKit.Samples;

/// <summary>Images and video as other programs write them: small, of every coding. Those that are not decoded have a true header and noise behind it.</summary>
public static class SampleImages
{
    /// <summary>JPEG of so many components. <paramref name="frame"/> is the marker of its coding: C0 baseline, C1 extended, C2 progressive, C3 lossless, F7 JPEG-LS.</summary>
    public static byte[] Jpeg(int rows, int columns, int components = 1, int precision = 8, byte frame = 0xC0, int sampling = 0x11, byte? adobe = null, byte parameter = 0)
    {
        var bytes = new List<byte> { 0xFF, 0xD8 };
        if (adobe is { } transform) bytes.AddRange([0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform]);
        bytes.AddRange([0xFF, frame, 0, (byte)(8 + 3 * components), (byte)precision, .. UInt16(rows), .. UInt16(columns), (byte)components]);
        for (var i = 0; i < components; i++) bytes.AddRange([(byte)(i + 1), (byte)(i == 0 ? sampling : 0x11), 0]);
        bytes.AddRange([0xFF, 0xDA, 0, (byte)(6 + 2 * components), (byte)components]);
        for (var i = 0; i < components; i++) bytes.AddRange([(byte)(i + 1), 0]);
        bytes.AddRange([parameter, 63, 0, 1, 2, 3, 4, 5, 0xFF, 0xD9]);
        return [.. bytes];
    }

    /// <summary>A JPEG 2000 code stream, or one of its high-throughput form.</summary>
    public static byte[] Jpeg2000(int rows, int columns, int components = 1, int precision = 8, bool isReversible = true, bool isHighThroughput = false, bool isTransformed = false)
    {
        var bytes = new List<byte> { 0xFF, 0x4F, 0xFF, 0x51 };
        bytes.AddRange([.. UInt16(38 + 3 * components), 0, 0, .. UInt32(columns + 8), .. UInt32(rows + 4), .. UInt32(8), .. UInt32(4), .. new byte[16], .. UInt16(components)]);
        for (var i = 0; i < components; i++) bytes.AddRange([(byte)(precision - 1), 1, 1]);
        if (isHighThroughput) bytes.AddRange([0xFF, 0x50, 0, 8, 0, 2, 0, 0, 0, 0]);
        bytes.AddRange([0xFF, 0x52, 0, 12, 0, 0, 0, 1, (byte)(isTransformed ? 1 : 0), 5, 4, 4, 0, (byte)(isReversible ? 1 : 0)]);
        bytes.AddRange([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0x93, 1, 2, 3, 4, 0xFF, 0xD9]);
        return [.. bytes];
    }

    /// <summary>A code stream in a JP2 file.</summary>
    public static byte[] Jp2(byte[] codestream) =>
        [.. Box("jP  ", [0x0D, 0x0A, 0x87, 0x0A]), .. Box("ftyp", "jp2 \0\0\0\0jp2 "u8.ToArray()), .. Box("jp2h", new byte[30]), .. Box("jp2c", codestream)];

    /// <summary>PNG whose sample bytes are given row by row, most significant first; the filter of row n is n modulo 5.</summary>
    public static byte[] Png(int columns, int rows, int depth, int colourType, byte[] samples, byte[]? palette = null)
    {
        using var data = new MemoryStream();
        var (length, step) = (samples.Length / rows, Math.Max(1, Channels(colourType) * depth / 8));
        using (var deflate = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var row = 0; row < rows; row++)
            {
                deflate.WriteByte((byte)(row % 5));
                for (var i = 0; i < length; i++)
                {
                    int left = i < step ? 0 : samples[row * length + i - step], above = row == 0 ? 0 : samples[(row - 1) * length + i];
                    var corner = i < step || row == 0 ? 0 : samples[(row - 1) * length + i - step];
                    deflate.WriteByte((byte)(samples[row * length + i] - (row % 5) switch { 0 => 0, 1 => left, 2 => above, 3 => (left + above) / 2, _ => Paeth(left, above, corner) }));
                }
            }
        }
        var compressed = data.ToArray();
        // In two chunks, as encoders do.
        return PngOf(columns, rows, depth, colourType, palette, 0, compressed[..(compressed.Length / 2)], compressed[(compressed.Length / 2)..]);
    }

    /// <summary>An interlaced PNG of 8-bit grey samples without filters.</summary>
    public static byte[] InterlacedPng(int columns, int rows, byte[] samples)
    {
        using var data = new MemoryStream();
        using (var deflate = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            foreach (var (x, y, dx, dy) in ((int, int, int, int)[])[(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)])
            {
                if (x >= columns) continue;
                for (var row = y; row < rows; row += dy)
                {
                    deflate.WriteByte(0);
                    for (var column = x; column < columns; column += dx) deflate.WriteByte(samples[row * columns + column]);
                }
            }
        }
        return PngOf(columns, rows, 8, 0, null, 1, data.ToArray());
    }

    /// <summary>PNG of these chunks of image data, whatever is in them.</summary>
    public static byte[] PngOf(int columns, int rows, int depth, int colourType, byte[]? palette, int interlace, params byte[][] data) =>
    [
        0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10,
        .. Chunk("IHDR", [.. UInt32(columns), .. UInt32(rows), (byte)depth, (byte)colourType, 0, 0, (byte)interlace]),
        .. palette is null ? [] : Chunk("PLTE", palette),
        .. data.SelectMany(d => Chunk("IDAT", d)), .. Chunk("IEND", []),
    ];

    /// <summary>GIF of frames that each cover the screen, of indices into a palette of four colours.</summary>
    public static byte[] Gif(int columns, int rows, byte[] palette, params byte[][] frames)
    {
        var bytes = new List<byte>([.. "GIF89a"u8, .. LittleEndian(columns), .. LittleEndian(rows), 0x81, 0, 0, .. palette]);
        foreach (var frame in frames)
        {
            if (frames.Length > 1) bytes.AddRange([0x21, 0xF9, 4, 4, .. LittleEndian(10), 0, 0]);
            bytes.AddRange([0x2C, 0, 0, 0, 0, .. LittleEndian(columns), .. LittleEndian(rows), 0, 2]);
            var packed = Lzw(frame);
            foreach (var block in packed.Chunk(255)) bytes.AddRange([(byte)block.Length, .. block]);
            bytes.Add(0);
        }
        bytes.Add(0x3B);
        return [.. bytes];
    }

    /// <summary>MP4 of one track, described and nothing more.</summary>
    public static byte[] Mp4(int rows, int columns, int frames, bool isHevc = false, byte level = 41)
    {
        byte[] configuration = isHevc ? Box("hvcC", [1, 1, .. new byte[20]]) : Box("avcC", [1, 100, 0, level, 0xFF, 0xE1]);
        var entry = Box(isHevc ? "hvc1" : "avc1", [.. new byte[24], .. UInt16(columns), .. UInt16(rows), .. new byte[50], .. configuration]);
        var table = Box("stbl", [.. Box("stsd", [.. new byte[4], .. UInt32(1), .. entry]), .. Box("stts", [.. new byte[4], .. UInt32(1), .. UInt32(frames), .. UInt32(1000)]), .. Box("stsz", [.. new byte[8], .. UInt32(frames)])]);
        var media = Box("mdia", [.. Box("mdhd", [.. new byte[12], .. UInt32(25_000), .. UInt32(frames), .. new byte[4]]), .. Box("minf", table)]);
        return [.. Box("ftyp", "isom\0\0\0\0"u8.ToArray()), .. Box("mdat", new byte[1001]), .. Box("moov", [.. Box("mvhd", new byte[100]), .. Box("trak", media)])];
    }

    /// <summary>An MPEG-2 program stream with a sequence header.</summary>
    public static byte[] Mpeg2(int rows, int columns) =>
        [0, 0, 1, 0xBA, .. new byte[20], 0, 0, 1, 0xB3, (byte)(columns >> 4), (byte)(((columns & 15) << 4) | (rows >> 8)), (byte)rows, 0x23, .. new byte[500]];

    private static int Channels(int colourType) => colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    private static int Paeth(int left, int above, int corner)
    {
        var (a, b, c) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - 2 * corner));
        return a <= b && a <= c ? left : b <= c ? above : corner;
    }

    /// <summary>With indices of two bits; codes grow as they do in every encoder.</summary>
    private static List<byte> Lzw(byte[] indices)
    {
        var (output, window, windowBits) = (new List<byte>(), 0, 0);
        void Put(int code, int bits)
        {
            window |= code << windowBits;
            for (windowBits += bits; windowBits >= 8; windowBits -= 8, window >>= 8) output.Add((byte)window);
        }
        var codes = new Dictionary<(int Prefix, byte Next), int>();
        var (width, free, current) = (3, 6, (int)indices[0]);
        Put(4, width);
        foreach (var next in indices.Skip(1))
        {
            if (codes.TryGetValue((current, next), out var longer))
            {
                current = longer;
                continue;
            }
            Put(current, width);
            if (free < 4096)
            {
                if (free == 1 << width && width < 12) width++;
                codes.Add((current, next), free++);
            }
            current = next;
        }
        Put(current, width);
        if (free == 1 << width && width < 12) width++;
        Put(5, width);
        if (windowBits > 0) output.Add((byte)window);
        return output;
    }

    private static byte[] Chunk(string type, byte[] data) => [.. UInt32(data.Length), .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];
    private static byte[] Box(string type, byte[] content) => [.. UInt32(content.Length + 8), .. Encoding.ASCII.GetBytes(type), .. content];
    private static byte[] LittleEndian(int value) => [(byte)value, (byte)(value >> 8)];
    private static byte[] UInt16(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] UInt32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
