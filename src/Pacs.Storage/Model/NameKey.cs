using System.Globalization;
using System.Text;

namespace Pacs.Storage.Model;

/// <summary>Person names as they are searched: without case, accents or needless delimiters.</summary>
public static class NameKey
{
    /// <summary>
    /// "Müller^Jürgen^^Dr.^=" becomes "muller^jurgen^^dr.". Wildcards stay, so that a query's value is folded the same way.
    /// Component groups stay apart by "=", several names by "\".
    /// </summary>
    public static string Fold(string name)
    {
        if (name.Length == 0) return "";
        var folded = new StringBuilder(name.Length);
        foreach (var c in name.Normalize(NormalizationForm.FormKD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark) continue;
            if (c is '^' or '=' or '\\') TrimEnd(folded, c);
            else if (c == ' ' && (folded.Length == 0 || folded[^1] is ' ' or '^' or '=' or '\\')) continue;
            folded.Append(Lower(c));
        }
        TrimEnd(folded, '\\');
        return folded.ToString();
    }

    // Letters that decomposition leaves whole and that people type without their stroke or ligature.
    private static string Lower(char c) => char.ToLowerInvariant(c) switch
    {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' => "d",
        'ł' => "l",
        'ı' => "i",
        'þ' => "th",
        var lower => lower.ToString(),
    };

    private static void TrimEnd(StringBuilder folded, char delimiter)
    {
        var length = folded.Length;
        while (length > 0 && (folded[length - 1] == ' '
            || (delimiter is '=' or '\\' && folded[length - 1] == '^')
            || (delimiter == '\\' && folded[length - 1] == '='))) length--;
        folded.Length = length;
    }
}
