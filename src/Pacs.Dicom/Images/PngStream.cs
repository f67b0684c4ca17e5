using System.IO.Compression;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Images;

/// <summary>The pixels of a PNG image as native pixel data, decoded while they are read: little endian, colour by pixel, without alpha.</summary>
internal sealed class PngStream : PullStream
{
    /// <summary>First column and row, and steps, of the seven passes of Adam7.</summary>
    private static readonly (int X, int Y, int DX, int DY)[] Passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private readonly PngHeader _header;
    private readonly ZLibStream _inflated;
    private byte[] _coded = [];
    private byte[] _before = [];
    private byte[] _decoded;
    private int _served;
    private int _row;

    public PngStream(Stream input, PngHeader header)
    {
        _header = header;
        _inflated = new ZLibStream(new PngDataStream(input, header.DataOffset), CompressionMode.Decompress);
        _decoded = new byte[header.RowLength];
        _served = _decoded.Length;
    }

    /// <exception cref="ImageFormatException">The image data is broken.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (_served == _decoded.Length && !Next()) return 0;
        var length = Math.Min(buffer.Length, _decoded.Length - _served);
        _decoded.AsSpan(_served, length).CopyTo(buffer);
        _served += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inflated.Dispose();
        base.Dispose(disposing);
    }

    private bool Next()
    {
        if (_row == _header.Rows) return false;
        try
        {
            if (_header.IsInterlaced)
            {
                DecodeInterlaced();
                _row = _header.Rows;
            }
            else
            {
                if (_row++ == 0) BeginPass(_header.Columns);
                ReadRow();
                for (var column = 0; column < _header.Columns; column++) Convert(column, _decoded.AsSpan(column * _header.Samples * _header.BytesPerSample));
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ImageFormatException("The image data of the PNG image is broken.");
        }
        _served = 0;
        return true;
    }

    private void DecodeInterlaced()
    {
        _decoded = new byte[_header.DecodedLength];
        foreach (var (x, y, dx, dy) in Passes)
        {
            var (columns, rows) = ((_header.Columns - x + dx - 1) / dx, (_header.Rows - y + dy - 1) / dy);
            if (columns <= 0 || rows <= 0) continue;
            BeginPass(columns);
            for (var row = 0; row < rows; row++)
            {
                ReadRow();
                for (var column = 0; column < columns; column++)
                    Convert(column, _decoded.AsSpan((y + row * dy) * _header.RowLength + (x + column * dx) * _header.Samples * _header.BytesPerSample));
            }
        }
    }

    private void BeginPass(int columns) => (_coded, _before) = (new byte[_header.CodedLength(columns)], new byte[_header.CodedLength(columns)]);

    /// <summary>Undoes the filter of a row (ISO 15948 §9).</summary>
    private void ReadRow()
    {
        (_coded, _before) = (_before, _coded);
        Span<byte> filter = stackalloc byte[1];
        _inflated.ReadExactly(filter);
        _inflated.ReadExactly(_coded);
        var (row, above, step) = (_coded, _before, Math.Max(1, _header.Channels * _header.Depth / 8));
        switch (filter[0])
        {
            case 0:
                break;
            case 1:
                for (var i = step; i < row.Length; i++) row[i] += row[i - step];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++) row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < row.Length; i++) row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) / 2);
                break;
            case 4:
                for (var i = 0; i < row.Length; i++) row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]);
                break;
            default:
                throw new InvalidDataException("A filter that there is not.");
        }
    }

    private static byte Paeth(int left, int above, int corner)
    {
        var (a, b, c) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - 2 * corner));
        return (byte)(a <= b && a <= c ? left : b <= c ? above : corner);
    }

    /// <summary>One pixel of the row: samples of less than eight bits are spread over eight, indices become RGB.</summary>
    private void Convert(int column, Span<byte> pixel)
    {
        var depth = _header.Depth;
        if (_header.ColourType is 0 or 3 && depth < 8)
        {
            var bit = (long)column * depth;
            var value = (_coded[bit / 8] >> (int)(8 - depth - bit % 8)) & ((1 << depth) - 1);
            if (_header.ColourType == 0) pixel[0] = (byte)(value * 255 / ((1 << depth) - 1));
            else Look(value, pixel);
            return;
        }
        if (_header.ColourType == 3)
        {
            Look(_coded[column], pixel);
            return;
        }
        var coded = _coded.AsSpan(column * _header.Channels * _header.BytesPerSample);
        for (var sample = 0; sample < _header.Samples; sample++)
        {
            if (depth == 8) pixel[sample] = coded[sample];
            else (pixel[2 * sample], pixel[2 * sample + 1]) = (coded[2 * sample + 1], coded[2 * sample]);
        }
    }

    private void Look(int index, Span<byte> pixel)
    {
        if (index * 3 >= _header.Palette.Length) throw new InvalidDataException("An index beyond the palette.");
        _header.Palette.AsSpan(index * 3, 3).CopyTo(pixel);
    }
}
