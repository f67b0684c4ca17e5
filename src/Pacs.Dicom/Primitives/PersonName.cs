using System.Text;

namespace Pacs.Dicom.Primitives;

/// <summary>
/// A person name (PS3.5 §6.2.1): up to three component groups, "alphabetic=ideographic=phonetic", each of up to five
/// components, "family^given^middle^prefix^suffix". Absent groups are empty.
/// </summary>
public sealed record PersonName(string Alphabetic, string Ideographic = "", string Phonetic = "")
{
    private static readonly Dictionary<char, string> Letters = new()
    {
        ['ß'] = "ss",
        ['æ'] = "ae",
        ['œ'] = "oe",
        ['þ'] = "th",
        ['ø'] = "o",
        ['ł'] = "l",
        ['đ'] = "d",
        ['ð'] = "d",
        ['ħ'] = "h",
        ['ŧ'] = "t",
        ['ŋ'] = "n",
        ['ı'] = "i",
        ['ſ'] = "s",
        ['ς'] = "σ",
    };

    /// <summary>Never fails: what is behind a third equals sign is dropped, trailing empty components too.</summary>
    public static PersonName Parse(string text)
    {
        var groups = text.Split('=', 4);
        return new PersonName(TrimGroup(groups[0]), groups.Length > 1 ? TrimGroup(groups[1]) : "", groups.Length > 2 ? TrimGroup(groups[2]) : "");
    }

    /// <summary>The components of a group without padding; empty ones at the end are left out.</summary>
    public static IReadOnlyList<string> Components(string group) => group.Length == 0 ? [] : TrimGroup(group).Split('^');

    /// <summary>
    /// The key by which names are compared: lower case, accents stripped ("Müller^Jörg^^" and "MULLER^JORG" are the same),
    /// structure kept, padding and empty components and groups at the end left out. Wildcards pass through.
    /// Marks that make another letter rather than an accent (Japanese, Indic, Thai) stay.
    /// </summary>
    public static string Fold(string name)
    {
        var text = name;
        if (!Ascii.IsValid(name))
        {
            var folded = new StringBuilder(name.Length);
            foreach (var c in WellFormed(name).Normalize(NormalizationForm.FormKD))
            {
                if (IsAccent(c)) continue;
                var lower = char.ToLowerInvariant(c);
                if (Letters.TryGetValue(lower, out var letters)) folded.Append(letters);
                else folded.Append(lower);
            }
            text = folded.ToString().Normalize(NormalizationForm.FormC);
        }
        else if (text.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            text = text.ToLowerInvariant();
        }
        return text.AsSpan().ContainsAny(" ^=") ? string.Join('=', text.Split('=').Select(TrimGroup)).TrimEnd('=') : text;
    }

    /// <summary>In the form of PN, groups that are empty at the end left out.</summary>
    public override string ToString() => $"{Alphabetic}={Ideographic}={Phonetic}".TrimEnd('=');

    private static string TrimGroup(string group) =>
        group.AsSpan().ContainsAny(' ', '^') ? string.Join('^', group.Split('^').Select(c => c.Trim(' '))).TrimEnd('^') : group;

    /// <summary>Combining marks of the Latin, Greek and Cyrillic scripts, points of Hebrew, vowel marks and hamza of Arabic.</summary>
    private static bool IsAccent(char c) => c is
        (>= '\u0300' and <= '\u036F') or (>= '\u0591' and <= '\u05BD') or (>= '\u05BF' and <= '\u05C7') or
        (>= '\u0610' and <= '\u061A') or '\u0640' or (>= '\u064B' and <= '\u065F') or '\u0670' or (>= '\u1AB0' and <= '\u1AFF') or
        (>= '\u1DC0' and <= '\u1DFF') or (>= '\uFE20' and <= '\uFE2F');

    /// <summary>Normalisation throws at lone surrogates and U+FFFE, which a peer may send.</summary>
    private static string WellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') && !text.Contains('\uFFFE')) return text;
        var wellFormed = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) wellFormed.Append(rune.Value == 0xFFFE ? Rune.ReplacementChar : rune);
        return wellFormed.ToString();
    }
}
