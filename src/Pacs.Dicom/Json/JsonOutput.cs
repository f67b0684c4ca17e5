using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Json;

/// <summary>The few pieces of JSON that the DICOM JSON Model is made of, written as UTF-8 without any check or allocation.</summary>
internal ref struct JsonOutput(IBufferWriter<byte> output)
{
    private const int Chunk = 4096;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    private Span<byte> _buffer;
    private int _used;

    public void Flush()
    {
        output.Advance(_used);
        _buffer = default;
        _used = 0;
    }

    public void Write(byte value) => Take(1)[0] = value;

    public void Write(ReadOnlySpan<byte> raw)
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

    /// <summary>"00100010":{"vr":"PN" – the object stays open.</summary>
    public void BeginAttribute(Tag tag, Vr vr)
    {
        var bytes = Take(21);
        bytes[0] = (byte)'"';
        Hex(tag, bytes[1..9]);
        "\":{\"vr\":\""u8.CopyTo(bytes[9..]);
        bytes[18] = (byte)((ushort)vr >> 8);
        bytes[19] = (byte)vr;
        bytes[20] = (byte)'"';
    }

    public void Hex(Tag tag)
    {
        var bytes = Take(10);
        bytes[0] = bytes[9] = (byte)'"';
        Hex(tag, bytes[1..9]);
    }

    /// <summary>A string with what has to be escaped escaped.</summary>
    public void Text(ReadOnlySpan<byte> utf8)
    {
        Write((byte)'"');
        for (int next; (next = utf8.IndexOfAny(Escaped)) >= 0; utf8 = utf8[(next + 1)..])
        {
            Write(utf8[..next]);
            Escape(utf8[next]);
        }
        Write(utf8);
        Write((byte)'"');
    }

    public void Base64(ReadOnlySpan<byte> value)
    {
        const int Step = Chunk / 4 * 3;
        Write((byte)'"');
        for (; value.Length > 0; value = value[Math.Min(Step, value.Length)..])
        {
            var piece = value[..Math.Min(Step, value.Length)];
            System.Buffers.Text.Base64.EncodeToUtf8(piece, Take(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(piece.Length)), out _, out _);
        }
        Write((byte)'"');
    }

    private void Escape(byte value)
    {
        switch (value)
        {
            case (byte)'"': Write("\\\""u8); break;
            case (byte)'\\': Write("\\\\"u8); break;
            case (byte)'\n': Write("\\n"u8); break;
            case (byte)'\r': Write("\\r"u8); break;
            case (byte)'\t': Write("\\t"u8); break;
            default:
                Write("\\u00"u8);
                Utf8Formatter.TryFormat(value, Take(2), out _, new StandardFormat('x', 2));
                break;
        }
    }

    private static void Hex(Tag tag, Span<byte> bytes) => Utf8Formatter.TryFormat(tag.Value, bytes, out _, new StandardFormat('X', 8));

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
