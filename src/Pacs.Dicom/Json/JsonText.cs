using System.Buffers;
using System.Buffers.Text;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Json;

/// <summary>The few pieces of JSON that the DICOM JSON Model is made of.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>"00100010":{"vr":"PN" – the object stays open.</summary>
    public static void BeginAttribute(this ref Utf8Output json, Tag tag, Vr vr)
    {
        json.Write((byte)'"');
        json.Hex(tag);
        json.Write("\":{\"vr\":\""u8);
        json.Write(vr);
        json.Write((byte)'"');
    }

    /// <summary>A string with what has to be escaped escaped.</summary>
    public static void Text(this ref Utf8Output json, ReadOnlySpan<byte> utf8)
    {
        json.Write((byte)'"');
        for (int next; (next = utf8.IndexOfAny(Escaped)) >= 0; utf8 = utf8[(next + 1)..])
        {
            json.Write(utf8[..next]);
            Escape(ref json, utf8[next]);
        }
        json.Write(utf8);
        json.Write((byte)'"');
    }

    private static void Escape(ref Utf8Output json, byte value)
    {
        switch (value)
        {
            case (byte)'"': json.Write("\\\""u8); break;
            case (byte)'\\': json.Write("\\\\"u8); break;
            case (byte)'\n': json.Write("\\n"u8); break;
            case (byte)'\r': json.Write("\\r"u8); break;
            case (byte)'\t': json.Write("\\t"u8); break;
            default:
                Span<byte> digits = stackalloc byte[2];
                Utf8Formatter.TryFormat(value, digits, out _, new StandardFormat('x', 2));
                json.Write("\\u00"u8);
                json.Write(digits);
                break;
        }
    }
}
