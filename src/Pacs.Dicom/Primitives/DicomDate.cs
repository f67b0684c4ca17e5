namespace Pacs.Dicom.Primitives;

/// <summary>Dates (PS3.5 §6.2, VR DA).</summary>
public static class DicomDate
{
    /// <summary>"YYYYMMDD", or "YYYY.MM.DD" as before DICOM 3.0. Padding is ignored.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateOnly date)
    {
        date = default;
        text = text.Trim(" \0");
        if (text is [_, _, _, _, '.', _, _, '.', _, _]) return TryParts(text[..4], text[5..7], text[8..], out date);
        return text.Length == 8 && TryParts(text[..4], text[4..6], text[6..], out date);
    }

    /// <summary>"a-b", "a-", "-b", or a single date, which is a range of one day.</summary>
    public static bool TryParseRange(ReadOnlySpan<char> text, out ValueRange<DateOnly> range) => RangeParser.TryParse(text, TryParse, out range);

    /// <summary>"YYYYMMDD".</summary>
    public static string Format(DateOnly date) => date.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);

    private static bool TryParts(ReadOnlySpan<char> year, ReadOnlySpan<char> month, ReadOnlySpan<char> day, out DateOnly date)
    {
        date = default;
        if (!Digits.TryRead(year, out var y) || !Digits.TryRead(month, out var m) || !Digits.TryRead(day, out var d)) return false;
        if (y < 1 || m is < 1 or > 12 || d < 1 || d > DateTime.DaysInMonth(y, m)) return false;
        date = new DateOnly(y, m, d);
        return true;
    }
}
