namespace Pacs.Dicom.Primitives;

/// <summary>A date and time (PS3.5 §6.2, VR DT), which may be known only to the year, and may say its offset from UTC.</summary>
/// <param name="Start">Its first moment, local to <paramref name="Offset"/>.</param>
/// <param name="End">Its last moment: 2026 ends with December, 202611 with the month.</param>
/// <param name="Offset">From UTC; null when not said.</param>
public readonly record struct DicomDateTime(DateTime Start, DateTime End, TimeSpan? Offset)
{
    /// <summary>The value of the "&amp;ZZXX" part that lies farthest west, in minutes; and farthest east.</summary>
    private const int MinOffset = -12 * 60, MaxOffset = 14 * 60;

    /// <summary>"YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&amp;ZZXX]". Padding is ignored.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DicomDateTime dateTime)
    {
        dateTime = default;
        text = text.Trim(" \0");
        TimeSpan? offset = null;
        if (text.Length > 4 && text[^5] is '+' or '-')
        {
            if (!TryOffset(text[^5..], out var said)) return false;
            offset = said;
            text = text[..^5];
        }
        if (!TryMoments(text, out var start, out var end)) return false;
        dateTime = new(start, end, offset);
        return true;
    }

    /// <summary>
    /// "a-b", "a-", "-b", or a single value. The hyphen of an offset is told from that of a range as PS3.4 §C.2.2.2.5
    /// has it: four digits behind it that can be an offset, and no year after 1400, are one.
    /// </summary>
    /// <param name="text">The key.</param>
    /// <param name="defaultOffset">Of values that say none, and of the result.</param>
    /// <param name="range">First moment of the first and last moment of the second, in <paramref name="defaultOffset"/>.</param>
    public static bool TryParseRange(ReadOnlySpan<char> text, TimeSpan defaultOffset, out ValueRange<DateTime> range)
    {
        range = default;
        text = text.Trim(" \0");
        var hyphen = RangeHyphen(text);
        if (hyphen < 0)
        {
            if (!TryParse(text, out var single)) return false;
            range = new(single.In(defaultOffset).Start, single.In(defaultOffset).End);
            return true;
        }
        ReadOnlySpan<char> first = text[..hyphen].Trim(), second = text[(hyphen + 1)..].Trim();
        if (first.IsEmpty && second.IsEmpty) return false;
        DicomDateTime from = default, to = default;
        if (!first.IsEmpty && !TryParse(first, out from) || !second.IsEmpty && !TryParse(second, out to)) return false;
        range = new(first.IsEmpty ? null : from.In(defaultOffset).Start, second.IsEmpty ? null : to.In(defaultOffset).End);
        return true;
    }

    /// <summary>The same moment as a clock of that offset shows it; a value that says no offset is taken to have that one.</summary>
    public DicomDateTime In(TimeSpan offset) =>
        Offset is not { } own || own == offset ? this with { Offset = offset } : new(Shift(Start, offset - own), Shift(End, offset - own), offset);

    /// <summary>"±HHMM" from UTC, as in DT and in Timezone Offset From UTC (0008,0201): −1200 to +1400.</summary>
    public static bool TryOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        if (text is not ['+' or '-', _, _, _, _] || !Digits.TryRead(text[1..3], out var hours) || !Digits.TryRead(text[3..], out var minutes)) return false;
        var total = (hours * 60 + minutes) * (text[0] == '-' ? -1 : 1);
        offset = TimeSpan.FromMinutes(total);
        return minutes < 60 && total is >= MinOffset and <= MaxOffset;
    }

    private static int RangeHyphen(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '-') continue;
            var isOffset = i >= 4 && text.Length >= i + 5 && TryOffset(text.Slice(i, 5), out _) && (text.Length == i + 5 || text[i + 5] == '-');
            if (!isOffset) return i;
        }
        return -1;
    }

    private static bool TryMoments(ReadOnlySpan<char> text, out DateTime start, out DateTime end)
    {
        start = end = default;
        if (text.Length < 4 || !Digits.TryRead(text[..4], out var year) || year < 1) return false;
        if (text.Length == 4) return Span(new DateTime(year, 1, 1), d => d.AddYears(1), out start, out end);
        if (text.Length < 6 || !Digits.TryRead(text[4..6], out var month) || month is < 1 or > 12) return false;
        if (text.Length == 6) return Span(new DateTime(year, month, 1), d => d.AddMonths(1), out start, out end);
        if (text.Length < 8 || !DicomDate.TryParse(text[..8], out var date)) return false;
        if (text.Length == 8) return Span(date.ToDateTime(default), d => d.AddDays(1), out start, out end);
        if (!DicomTime.TryParse(text[8..], out var time, out var precision)) return false;
        return Span(date.ToDateTime(time), d => d + precision, out start, out end);
    }

    private static bool Span(DateTime first, Func<DateTime, DateTime> next, out DateTime start, out DateTime end)
    {
        start = first;
        // The year 9999 has no next one.
        end = first.Year == 9999 ? DateTime.MaxValue : next(first).AddMicroseconds(-1);
        return true;
    }

    private static DateTime Shift(DateTime value, TimeSpan by) =>
        by > TimeSpan.Zero
            ? DateTime.MaxValue - value < by ? DateTime.MaxValue : value + by
            : value - DateTime.MinValue < -by ? DateTime.MinValue : value + by;
}
