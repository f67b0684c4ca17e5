namespace Pacs.Dicom.Primitives;

/// <summary>Times of day (PS3.5 §6.2, VR TM), to the microsecond.</summary>
public static class DicomTime
{
    /// <summary>
    /// "HH[MM[SS[.FFFFFF]]]", or with colons as before DICOM 3.0; parts left out are zero ("2230" is "223000").
    /// A leap second is the last moment before it. Padding is ignored.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeOnly time) => TryParse(text, out time, out _);

    /// <summary>"a-b", "a-", "-b", or a single time; ends included, parts left out are zero.</summary>
    public static bool TryParseRange(ReadOnlySpan<char> text, out ValueRange<TimeOnly> range) => RangeParser.TryParse(text, TryParse, out range);

    /// <summary>"HHMMSS.FFFFFF", the fraction left out when zero.</summary>
    public static string Format(TimeOnly time) =>
        time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "HHmmss" : "HHmmss.ffffff", System.Globalization.CultureInfo.InvariantCulture);

    /// <param name="text">The time.</param>
    /// <param name="time">Its first moment.</param>
    /// <param name="precision">How long it lasts: an hour for "HH", a microsecond for a full fraction.</param>
    internal static bool TryParse(ReadOnlySpan<char> text, out TimeOnly time, out TimeSpan precision)
    {
        (time, precision) = (default, TimeSpan.FromHours(1));
        text = text.Trim(" \0");
        if (!TryPart(ref text, 24, first: true, out var hour)) return false;
        int minute = 0, second = 0, micros = 0;
        if (!text.IsEmpty)
        {
            if (!TryPart(ref text, 60, first: false, out minute)) return false;
            precision = TimeSpan.FromMinutes(1);
        }
        if (!text.IsEmpty)
        {
            if (!TryPart(ref text, 61, first: false, out second)) return false;
            precision = TimeSpan.FromSeconds(1);
        }
        if (!text.IsEmpty)
        {
            if (text is not ['.', .. { Length: <= 6 } fraction] || !Digits.TryRead(fraction, out micros)) return false;
            var unit = 1;
            for (var i = fraction.Length; i < 6; i++) unit *= 10;
            (micros, precision) = (micros * unit, TimeSpan.FromMicroseconds(unit));
        }
        if (second == 60) (second, micros) = (59, 999_999);
        time = new TimeOnly(hour, minute, second).Add(TimeSpan.FromMicroseconds(micros));
        return true;
    }

    private static bool TryPart(ref ReadOnlySpan<char> text, int limit, bool first, out int number)
    {
        number = 0;
        if (!first && text is [':', ..]) text = text[1..];
        if (text.Length < 2 || !Digits.TryRead(text[..2], out number) || number >= limit) return false;
        text = text[2..];
        return true;
    }
}
