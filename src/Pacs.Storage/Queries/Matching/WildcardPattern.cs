using System.Text;

namespace Pacs.Storage.Queries.Matching;

/// <summary>"*" is any characters, none included; "?" is one character (PS3.4 §C.2.2.2.4). Everything else is itself.</summary>
internal sealed record WildcardPattern(string Text)
{
    public static bool IsWildcard(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>Matches everything, nothing included: universal matching.</summary>
    public static bool IsUniversal(string text) => text.Length > 0 && text.AsSpan().TrimStart('*').IsEmpty;

    /// <summary>The pattern as one of SQL's LIKE with backslash as escape.</summary>
    public string ToLike()
    {
        var like = new StringBuilder(Text.Length + 8);
        foreach (var c in Text)
        {
            if (c is '%' or '_' or '\\') like.Append('\\');
            like.Append(c switch { '*' => '%', '?' => '_', _ => c });
        }
        return like.ToString();
    }

    public bool IsMatch(ReadOnlySpan<char> value)
    {
        ReadOnlySpan<char> pattern = Text;
        int p = 0, v = 0, afterStar = -1, resume = 0;
        while (v < value.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (afterStar, resume) = (++p, v);
            }
            else if (p < pattern.Length && pattern[p] == '?')
            {
                p++;
                v += CharacterLength(value, v);
            }
            else if (p < pattern.Length && pattern[p] == value[v])
            {
                p++;
                v++;
            }
            else if (afterStar >= 0)
            {
                resume += CharacterLength(value, resume);
                (p, v) = (afterStar, resume);
            }
            else
            {
                return false;
            }
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }

    /// <summary>A character outside the basic plane is two chars here, and one for the database.</summary>
    private static int CharacterLength(ReadOnlySpan<char> text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]) ? 2 : 1;
}
