using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>Pieces of text written as UTF-8 without any check or allocation: what the JSON and XML models are made of.</summary>
internal ref struct Utf8Output(IBufferWriter<byte> output)
{
    private const int Chunk = 4096;

    private Span<byte> _buffer;
    private int _used;

    public void Flush()
    {
        output.Advance(_used);
        _buffer = default;
        _used = 0;
    }

    public void Write(byte value) => Take(1)[0] = value;

    public void Write(scoped ReadOnlySpan<byte> raw)
    {
        // Long values go in pieces, so that the buffer behind need not grow to the size of a value.
        while (raw.Length > Chunk)
        {
            raw[..Chunk].CopyTo(Take(Chunk));
            raw = raw[Chunk..];
        }
        raw.CopyTo(Take(raw.Length));
    }

    public void Write<T>(T number) where T : IUtf8SpanFormattable
    {
        if (_buffer.Length - _used < 32) Grow(32);
        number.TryFormat(_buffer[_used..], out var written, default, CultureInfo.InvariantCulture);
        _used += written;
    }

    public void Base64(ReadOnlySpan<byte> value)
    {
        const int Step = Chunk / 4 * 3;
        for (; value.Length > 0; value = value[Math.Min(Step, value.Length)..])
        {
            var piece = value[..Math.Min(Step, value.Length)];
            System.Buffers.Text.Base64.EncodeToUtf8(piece, Take(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(piece.Length)), out _, out _);
        }
    }

    /// <summary>The two letters.</summary>
    public void Write(Vr vr)
    {
        var letters = Take(2);
        letters[0] = (byte)((ushort)vr >> 8);
        letters[1] = (byte)vr;
    }

    /// <summary>Eight digits.</summary>
    public void Hex(Tag tag) => Utf8Formatter.TryFormat(tag.Value, Take(8), out _, new StandardFormat('X', 8));

    private Span<byte> Take(int length)
    {
        if (_buffer.Length - _used < length) Grow(length);
        var taken = _buffer.Slice(_used, length);
        _used += length;
        return taken;
    }

    private void Grow(int length)
    {
        Flush();
        _buffer = output.GetSpan(Math.Max(length, Chunk));
    }
}
