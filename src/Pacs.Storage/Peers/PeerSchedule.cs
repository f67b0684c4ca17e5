using System.Globalization;

namespace Pacs.Storage.Peers;

/// <summary>Whether a peer's hours of operation are on, and when they begin: pure.</summary>
public static class PeerSchedule
{
    private const int MinutesOfDay = 24 * 60;

    public static bool IsValid(PeerHours hours) =>
        hours is not null && hours.Days.All(Enum.IsDefined) && MinuteOf(hours.From) is >= 0 and < MinutesOfDay && MinuteOf(hours.To) is >= 0;

    /// <summary>Null while jobs may talk to the peer; else when they may again, to the minute.</summary>
    /// <param name="outbound">The peer's hours, and the time zone they are in.</param>
    /// <param name="now">The moment asked for.</param>
    /// <param name="local">The server's time zone.</param>
    public static DateTimeOffset? ClosedUntil(PeerOutbound outbound, DateTimeOffset now, TimeZoneInfo local)
    {
        if (outbound.Hours.Count == 0) return null;
        var zone = outbound.TimeZone is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : local;
        var here = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        if (outbound.Hours.Any(h => IsOpen(h, here))) return null;
        var day = here.Date;
        var next = Enumerable.Range(0, 8)
            .SelectMany(offset => outbound.Hours.Where(h => BeginsOn(h, day.AddDays(offset).DayOfWeek)).Select(h => day.AddDays(offset).AddMinutes(MinuteOf(h.From))))
            .Where(t => t > here).DefaultIfEmpty(day.AddDays(7)).Min();
        // A time that a clock change leaves out comes with the end of the gap.
        while (zone.IsInvalidTime(next)) next = next.AddMinutes(15);
        return new DateTimeOffset(next, zone.GetUtcOffset(next));
    }

    private static bool IsOpen(PeerHours hours, DateTime here)
    {
        var (from, to) = (MinuteOf(hours.From), MinuteOf(hours.To));
        var minute = (int)here.TimeOfDay.TotalMinutes;
        return from < to
            ? minute >= from && minute < to && BeginsOn(hours, here.DayOfWeek)
            : (minute >= from && BeginsOn(hours, here.DayOfWeek)) || (minute < to && BeginsOn(hours, here.AddDays(-1).DayOfWeek));
    }

    private static bool BeginsOn(PeerHours hours, DayOfWeek day) => hours.Days.Count == 0 || hours.Days.Contains(day);

    /// <summary>-1 for none.</summary>
    private static int MinuteOf(string time) =>
        time == "24:00" ? MinutesOfDay
        : TimeOnly.TryParseExact(time, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed) ? (parsed.Hour * 60) + parsed.Minute
        : -1;
}
