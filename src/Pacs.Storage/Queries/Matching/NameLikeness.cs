using System.Globalization;
using System.Text;

namespace Pacs.Storage.Queries.Matching;

/// <summary>
/// Fuzzy matching of person names: each word of the key is like some word of the name, by the share of their trigrams
/// that both have – the measure of PostgreSQL's pg_trgm, which narrows first.
/// </summary>
internal static class NameLikeness
{
    /// <summary>From 0 (nothing in common) to 1 (the same). "Smyth" and "Smith" are at 0.33, "Jonson" and "Johnson" at 0.5.</summary>
    public const double Threshold = 0.3;

    public static bool IsAlike(string foldedKey, string foldedName)
    {
        var words = Words(foldedName).Select(Trigrams).ToList();
        return Words(foldedKey).All(k => Trigrams(k) is var trigrams && words.Any(w => Likeness(trigrams, w) >= Threshold));
    }

    /// <summary>Runs of letters and digits, with the marks that scripts of India and South East Asia write vowels as.</summary>
    public static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            {
                word.Append(rune);
                continue;
            }
            if (word.Length > 0) yield return word.ToString();
            word.Clear();
        }
        if (word.Length > 0) yield return word.ToString();
    }

    private static double Likeness(HashSet<string> a, HashSet<string> b)
    {
        var common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }

    private static HashSet<string> Trigrams(string word)
    {
        var padded = $"  {word} ";
        return [.. Enumerable.Range(0, padded.Length - 2).Select(i => padded.Substring(i, 3))];
    }
}
