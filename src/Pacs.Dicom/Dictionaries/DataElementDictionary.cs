using System.Text;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Dictionaries;

/// <summary>PS3.6 §6–8: VR, keyword and name of each standard data element; repeating groups and well-known rules included.</summary>
public static partial class DataElementDictionary
{
    private const ushort SignedByPixelRepresentation = 0x8000;

    // Constant spans of anything but bytes are slow to come by before the JIT optimises; copies cost microseconds, once.
    private static readonly uint[] TagTable = SortedTags.ToArray();
    private static readonly ushort[] VrTable = Vrs.ToArray();
    private static readonly int[] TextTable = TextBegins.ToArray();
    private static readonly ushort[] KeywordTable = ByKeyword.ToArray();

    /// <summary>The VR to assume for Implicit VR or a new element; UN when not known (PS3.5 §6.2.2), UL for group lengths, LO for private creators.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="isSigned">What to make of "US or SS": Pixel Representation (0028,0103) is 1.</param>
    public static Vr VrOf(Tag tag, bool isSigned = false)
    {
        if (tag.IsGroupLength) return Vr.UL;
        if (tag.IsPrivate) return tag.IsPrivateCreator ? Vr.LO : Vr.UN;
        var index = IndexOf(tag);
        if (index < 0) return Vr.UN;
        var code = VrTable[index];
        return (code & SignedByPixelRepresentation) == 0 ? (Vr)code : isSigned ? Vr.SS : Vr.US;
    }

    /// <summary>"PatientName"; null when not in the dictionary.</summary>
    public static string? KeywordOf(Tag tag) => Cell(tag, 0);

    /// <summary>The keyword as UTF-8, without a copy; empty when there is none.</summary>
    internal static ReadOnlySpan<byte> Utf8KeywordOf(Tag tag)
    {
        var index = IndexOf(tag);
        if (index < 0) return default;
        var row = Text[TextTable[index]..];
        return row[..row.IndexOf((byte)'|')];
    }

    /// <summary>"Patient's Name"; null when not in the dictionary.</summary>
    public static string? NameOf(Tag tag) => Cell(tag, 1);

    /// <summary>Value multiplicity: "1", "2-n"; null when not in the dictionary.</summary>
    public static string? MultiplicityOf(Tag tag) => Cell(tag, 2);

    /// <summary>False as well when not in the dictionary.</summary>
    public static bool IsRetired(Tag tag) => Cell(tag, 3) is "R";

    /// <summary>By keyword, case-sensitive, or eight hexadecimal digits. The keyword of a repeating group means its first group.</summary>
    public static bool TryParse(ReadOnlySpan<char> keywordOrHex, out Tag tag)
    {
        if (Tag.TryParseHex(keywordOrHex, out tag)) return true;
        Span<byte> keyword = stackalloc byte[128];
        if (keywordOrHex.Length > keyword.Length || !Encoding.ASCII.TryGetBytes(keywordOrHex, keyword, out var length)) return false;
        keyword = keyword[..length];

        int low = 0, high = KeywordTable.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var row = Text[TextTable[KeywordTable[middle]]..];
            var order = row[..row.IndexOf((byte)'|')].SequenceCompareTo(keyword);
            if (order == 0)
            {
                tag = new Tag(TagTable[KeywordTable[middle]]);
                return true;
            }
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return false;
    }

    private static string? Cell(Tag tag, int column)
    {
        var index = IndexOf(tag);
        if (index < 0) return null;
        var row = Text[TextTable[index]..];
        row = row[..row.IndexOf((byte)'\n')];
        for (; column > 0; column--) row = row[(row.IndexOf((byte)'|') + 1)..];
        var end = row.IndexOf((byte)'|');
        return Encoding.UTF8.GetString(end < 0 ? row : row[..end]);
    }

    private static int IndexOf(Tag tag)
    {
        var index = Array.BinarySearch(TagTable, tag.Value);
        return index >= 0 || FirstOfRepeating(tag) is not { } first ? index : Array.BinarySearch(TagTable, first.Value);
    }

    /// <summary>
    /// The row that stands for a whole range of tags (PS3.5 §7.6, and the retired ranges of PS3.6): the generator has put
    /// a digit X of the group as 0, one of the element number as 1.
    /// </summary>
    private static Tag? FirstOfRepeating(Tag tag) => (tag.Group, tag.Element) switch
    {
        ( >= 0x5000 and <= 0x50FF, _) => new Tag(0x5000, tag.Element),
        ( >= 0x6000 and <= 0x60FF, _) => new Tag(0x6000, tag.Element),
        ( >= 0x7F00 and <= 0x7FFF, _) => new Tag(0x7F00, tag.Element),
        (0x0020, >= 0x3100 and <= 0x31FF) => new Tag(0x0020, 0x3111),
        (0x0028, >= 0x0400 and <= 0x04FF or >= 0x0800 and <= 0x08FF) => new Tag(0x0028, (ushort)((tag.Element & 0xFF0F) | 0x10)),
        (0x1000, _) => new Tag(0x1000, (ushort)((tag.Element & 0x000F) | 0x1110)),
        (0x1010, _) => new Tag(0x1010, 0x1111),
        _ => null,
    };
}
