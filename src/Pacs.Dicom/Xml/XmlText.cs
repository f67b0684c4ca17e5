using System.Buffers;
using Pacs.Dicom.Datasets;

namespace Pacs.Dicom.Xml;

/// <summary>Text as XML 1.0 can carry it.</summary>
internal static class XmlText
{
    /// <summary>The first byte of U+FFFE and U+FFFF, which are no characters of XML (§2.2), and of many others.</summary>
    private const byte LeadOfLast = 0xEF;

    private static readonly SearchValues<byte> Special = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), .. "<>&\""u8, LeadOfLast]);

    /// <summary>
    /// Content or an attribute's value, escaped. Tabs and line ends are written as references: parsers change them in attributes,
    /// and a carriage return everywhere. What XML cannot carry becomes U+FFFD.
    /// </summary>
    public static void Text(this ref Utf8Output xml, ReadOnlySpan<byte> utf8)
    {
        for (int next; (next = utf8.IndexOfAny(Special)) >= 0;)
        {
            xml.Write(utf8[..next]);
            utf8 = utf8[(next + Escape(ref xml, utf8[next..]))..];
        }
        xml.Write(utf8);
    }

    /// <returns>Bytes of the character.</returns>
    private static int Escape(ref Utf8Output xml, ReadOnlySpan<byte> utf8)
    {
        switch (utf8[0])
        {
            case (byte)'<': xml.Write("&lt;"u8); break;
            case (byte)'>': xml.Write("&gt;"u8); break;
            case (byte)'&': xml.Write("&amp;"u8); break;
            case (byte)'"': xml.Write("&quot;"u8); break;
            case (byte)'\t': xml.Write("&#9;"u8); break;
            case (byte)'\n': xml.Write("&#10;"u8); break;
            case (byte)'\r': xml.Write("&#13;"u8); break;
            case LeadOfLast when utf8 is [_, not 0xBF, ..] or [_, 0xBF, not (0xBE or 0xBF), ..]:
                xml.Write(utf8[..3]);
                return 3;
            case LeadOfLast:
                xml.Write("\uFFFD"u8);
                return 3;
            default:
                xml.Write("\uFFFD"u8);
                break;
        }
        return 1;
    }
}
