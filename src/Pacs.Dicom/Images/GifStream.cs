using System.Buffers.Binary;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Images;

/// <summary>The frames of a GIF image as native RGB, each as it is seen: painted over those before it. Whatever is transparent throughout has the background's colour.</summary>
internal sealed class GifStream : PullStream
{
    private readonly BufferedStream _input;
    private readonly int _columns;
    private readonly int _rows;
    private readonly byte[] _screenPalette;
    private readonly byte[] _background = [0, 0, 0];
    private readonly byte[] _screen;
    private byte[]? _restored;
    private (int Left, int Top, int Columns, int Rows, int Disposal) _last;
    private int _served;
    private bool _hasEnded;

    public GifStream(Stream input, int columns, int rows)
    {
        (_input, _columns, _rows) = (new BufferedStream(input, 64 * 1024), columns, rows);
        _screen = new byte[checked(columns * rows * 3)];
        _served = _screen.Length;
        Span<byte> header = stackalloc byte[13];
        ReadExactly(header);
        _screenPalette = ReadPalette(header[10]);
        if (header[11] * 3 + 3 <= _screenPalette.Length) _background = _screenPalette.AsSpan(header[11] * 3, 3).ToArray();
        Fill(0, 0, columns, rows);
    }

    /// <exception cref="ImageFormatException">The image is broken.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (_served == _screen.Length && !Next()) return 0;
        var length = Math.Min(buffer.Length, _screen.Length - _served);
        _screen.AsSpan(_served, length).CopyTo(buffer);
        _served += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _input.Dispose();
        base.Dispose(disposing);
    }

    private bool Next()
    {
        if (_hasEnded) return false;
        var (disposal, transparent) = (0, -1);
        Span<byte> control = stackalloc byte[5];
        while (true)
        {
            switch (Byte())
            {
                case GifHeader.Extension:
                    if (Byte() == GifHeader.GraphicControl)
                    {
                        ReadExactly(control);
                        (disposal, transparent) = ((control[1] >> 2) & 7, (control[1] & 1) != 0 ? control[4] : -1);
                    }
                    SkipBlocks();
                    break;
                case GifHeader.Picture:
                    Paint(disposal, transparent);
                    _served = 0;
                    return true;
                default:
                    _hasEnded = true;
                    return false;
            }
        }
    }

    private void Paint(int disposal, int transparent)
    {
        if (_last.Disposal == 2) Fill(_last.Left, _last.Top, _last.Columns, _last.Rows);
        else if (_last.Disposal == 3) _restored?.CopyTo(_screen, 0);
        if (disposal == 3) _screen.CopyTo(_restored ??= new byte[_screen.Length], 0);

        Span<byte> header = stackalloc byte[9];
        ReadExactly(header);
        int left = BinaryPrimitives.ReadUInt16LittleEndian(header), top = BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
        int columns = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]), rows = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        var palette = ReadPalette(header[8]);
        if (palette.Length == 0) palette = _screenPalette;
        _last = (left, top, columns, rows, disposal);

        var decoder = new GifDecoder(Byte(), Byte);
        var isInterlaced = (header[8] & 0x40) != 0;
        var line = new byte[columns];
        for (var i = 0; i < rows; i++)
        {
            if (!decoder.Read(line)) break;
            var y = top + (isInterlaced ? Interlaced(i, rows) : i);
            if (y >= _rows) continue;
            for (var x = 0; x < columns && left + x < _columns; x++)
            {
                if (line[x] == transparent || line[x] * 3 + 3 > palette.Length) continue;
                palette.AsSpan(line[x] * 3, 3).CopyTo(_screen.AsSpan((y * _columns + left + x) * 3));
            }
        }
        decoder.SkipRest();
    }

    /// <summary>The row that comes as the i-th: each eighth from 0, each eighth from 4, each fourth from 2, each second from 1.</summary>
    private static int Interlaced(int i, int rows)
    {
        foreach (var (first, step) in ((int, int)[])[(0, 8), (4, 8), (2, 4), (1, 2)])
        {
            var count = (rows - first + step - 1) / step;
            if (i < count) return first + i * step;
            i -= Math.Max(0, count);
        }
        return rows;
    }

    private void Fill(int left, int top, int columns, int rows)
    {
        for (var y = top; y < Math.Min(_rows, top + rows); y++)
            for (var x = left; x < Math.Min(_columns, left + columns); x++)
                _background.CopyTo(_screen.AsSpan((y * _columns + x) * 3));
    }

    private byte[] ReadPalette(int flags)
    {
        var palette = new byte[GifHeader.PaletteLength(flags)];
        ReadExactly(palette);
        return palette;
    }

    private void SkipBlocks()
    {
        for (int length; (length = Byte()) != 0;) _input.Seek(length, SeekOrigin.Current);
    }

    private new void ReadExactly(Span<byte> bytes)
    {
        if (_input.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Broken();
    }

    private int Byte() => _input.ReadByte() is >= 0 and var value ? value : throw Broken();

    private static ImageFormatException Broken() => new("The image data of the GIF image is broken.");
}
