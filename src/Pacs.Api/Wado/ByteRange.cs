using System.Globalization;

namespace Pacs.Api.Wado;

/// <summary>Bytes of a body of known length that a GET asks for (RFC 9110 §14.1.2).</summary>
internal readonly record struct ByteRange(long From, long Count)
{
    private const string Unit = "bytes=";

    /// <summary>Ranges of one request. No honest client asks for more; what they cost is not told by their bytes.</summary>
    private const int Max = 64;

    /// <summary>As Content-Range has it.</summary>
    public string ToContentRange(long length) => string.Create(CultureInfo.InvariantCulture, $"bytes {From}-{From + Count - 1}/{length}");

    /// <summary>
    /// Reads a Range header: the ranges that lie inside, in their order. Null for all of the body, which whoever asks for other
    /// units, too many ranges, ranges that overlap or none that can be read gets (RFC 9110 §14.2).
    /// </summary>
    public static IReadOnlyList<ByteRange>? Parse(string header, long length)
    {
        if (!header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase)) return null;
        var fields = header[Unit.Length..].Split(',', Max + 1, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is 0 or > Max) return null;
        var ranges = new List<ByteRange>(fields.Length);
        foreach (var field in fields)
        {
            if (field.Split('-') is not [var first, var last] || first.Length + last.Length == 0 || !(first + last).All(char.IsAsciiDigit)) return null;
            var (begin, end) = (Number(first), Number(last));
            if (begin > end) return null;
            var from = begin ?? Math.Max(0, length - end!.Value);
            var to = begin is null ? length - 1 : Math.Min(end ?? long.MaxValue, length - 1);
            if (from <= to) ranges.Add(new ByteRange(from, to - from + 1));
        }
        var sorted = ranges.OrderBy(range => range.From).ToList();
        return sorted.Zip(sorted.Skip(1)).Any(pair => pair.First.From + pair.First.Count > pair.Second.From) ? null : ranges;
    }

    /// <summary>What is more than can be counted lies behind the end of everything; null for no digits.</summary>
    private static long? Number(string digits) =>
        digits.Length == 0 ? null : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;
}
