using System.Globalization;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Tests.Peers;

public sealed class PeerScheduleTests
{
    private static readonly PeerHours Night = new() { From = "22:00", To = "06:00" };
    private static readonly PeerHours Weekend = new() { Days = [DayOfWeek.Saturday, DayOfWeek.Sunday] };

    // 2026-11-23 is a Monday.
    [Theory]
    [InlineData("2026-11-23T21:59", "2026-11-23T22:00")]
    [InlineData("2026-11-23T22:00", null)]
    [InlineData("2026-11-24T05:59", null)]
    [InlineData("2026-11-24T06:00", "2026-11-24T22:00")]
    public void ClosedUntil_WindowOverMidnight_GoesOnIntoTheNextDay(string now, string? until) => AssertClosed(new PeerOutbound { Hours = [Night] }, now, until);

    [Theory]
    [InlineData("2026-11-27T23:59", "2026-11-28T00:00")]
    [InlineData("2026-11-28T00:00", null)]
    [InlineData("2026-11-29T23:59", null)]
    [InlineData("2026-11-30T00:00", "2026-12-05T00:00")]
    public void ClosedUntil_DaysOnly_AreWholeDays(string now, string? until) => AssertClosed(new PeerOutbound { Hours = [Weekend] }, now, until);

    [Theory]
    [InlineData("2026-11-24T05:00", null)]
    [InlineData("2026-11-25T05:00", "2026-11-30T22:00")]
    public void ClosedUntil_NightOfOneDay_EndsTheNextMorning(string now, string? until) =>
        AssertClosed(new PeerOutbound { Hours = [Night with { Days = [DayOfWeek.Monday] }] }, now, until);

    [Fact]
    public void ClosedUntil_SeveralWindows_IsTheNextOfThem() =>
        AssertClosed(new PeerOutbound { Hours = [Weekend, new PeerHours { From = "12:00", To = "13:00" }] }, "2026-11-23T13:00", "2026-11-24T12:00");

    [Fact]
    public void ClosedUntil_NoHours_IsNever() => AssertClosed(new PeerOutbound(), "2026-11-23T13:00", null);

    [Fact]
    public void ClosedUntil_TimeZoneOfThePeer_IsUsed()
    {
        var outbound = new PeerOutbound { TimeZone = "Europe/Berlin", Hours = [new PeerHours { From = "08:00", To = "09:00" }] };
        AssertClosed(outbound, "2026-11-23T07:30", null);
        AssertClosed(outbound, "2026-11-23T08:00", "2026-11-24T07:00");
        // In summer an hour earlier.
        AssertClosed(outbound, "2026-07-01T06:30", null);
    }

    [Fact]
    public void ClosedUntil_TimeThatTheClockLeavesOut_IsWhenItGoesOn() =>
        AssertClosed(new PeerOutbound { TimeZone = "Europe/Berlin", Hours = [new PeerHours { From = "02:30", To = "04:00" }] }, "2026-03-29T00:00", "2026-03-29T01:00");

    [Theory]
    [InlineData("00:00", "24:00", true)]
    [InlineData("22:00", "06:00", true)]
    [InlineData("24:00", "06:00", false)]
    [InlineData("7:00", "06:00", false)]
    [InlineData("07:00", "25:00", false)]
    [InlineData("07:00", "", false)]
    public void IsValid_Times_AreOfTheDay(string from, string to, bool expected) => Assert.Equal(expected, PeerSchedule.IsValid(new PeerHours { From = from, To = to }));

    private static void AssertClosed(PeerOutbound outbound, string now, string? until) => Assert.Equal(
        until is null ? null : Utc(until), PeerSchedule.ClosedUntil(outbound, Utc(now), TimeZoneInfo.Utc)?.ToUniversalTime());

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
