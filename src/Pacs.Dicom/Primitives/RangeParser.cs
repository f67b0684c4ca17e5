namespace Pacs.Dicom.Primitives;

/// <summary>Ranges of whatever has a text form of its own (PS3.4 §C.2.2.2.5).</summary>
internal static class RangeParser
{
    public delegate bool ValueParser<T>(ReadOnlySpan<char> text, out T value);

    /// <summary>"a-b", "a-", "-b", or a single value, which is a range from itself to itself.</summary>
    public static bool TryParse<T>(ReadOnlySpan<char> text, ValueParser<T> parse, out ValueRange<T> range) where T : struct, IComparable<T>
    {
        range = default;
        text = text.Trim(" \0");
        var hyphen = text.IndexOf('-');
        if (hyphen < 0)
        {
            if (!parse(text, out var single)) return false;
            range = new(single, single);
            return true;
        }
        ReadOnlySpan<char> first = text[..hyphen].Trim(), second = text[(hyphen + 1)..].Trim();
        if (first.IsEmpty && second.IsEmpty) return false;
        T from = default, to = default;
        if (!first.IsEmpty && !parse(first, out from) || !second.IsEmpty && !parse(second, out to)) return false;
        range = new(first.IsEmpty ? null : from, second.IsEmpty ? null : to);
        return true;
    }
}
