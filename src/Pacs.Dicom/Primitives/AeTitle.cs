namespace Pacs.Dicom.Primitives;

/// <summary>Rules of Application Entity titles (PS3.5 §6.2, VR AE; PS3.8 §9.3.2).</summary>
public static class AeTitle
{
    /// <summary>Characters of the longest title, and of the field of an A-ASSOCIATE that holds it.</summary>
    public const int MaxLength = 16;

    /// <summary>1 to 16 characters of the default repertoire without backslash and control characters, not all of them spaces.</summary>
    /// <param name="text">The title, with or without padding.</param>
    /// <param name="aeTitle">The title without leading and trailing spaces, which are not significant; empty on failure.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out string aeTitle)
    {
        var trimmed = text.Trim(" \0");
        var ok = trimmed.Length is > 0 and <= MaxLength && !trimmed.ContainsAnyExceptInRange(' ', '~') && !trimmed.Contains('\\');
        aeTitle = ok ? trimmed.ToString() : "";
        return ok;
    }

    /// <summary>Whether the text is a title without padding.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) => TryParse(text, out var aeTitle) && aeTitle.Length == text.Length;
}
