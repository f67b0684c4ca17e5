using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Primitives;

public sealed class DateAndTimeTests
{
    [Theory]
    [InlineData("20260228", "20260228")]
    [InlineData("20240229 ", "20240229")]
    [InlineData("1997.07.15", "19970715")]
    public void TryParse_Date_IsRead(string text, string expected)
    {
        Assert.True(DicomDate.TryParse(text, out var date));
        Assert.Equal(expected, DicomDate.Format(date));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026")]
    [InlineData("20260229")]
    [InlineData("20261301")]
    [InlineData("00000101")]
    [InlineData("2026-1-1")]
    [InlineData("2026010١")]
    [InlineData("20260101x")]
    public void TryParse_NoDate_IsFalse(string text) => Assert.False(DicomDate.TryParse(text, out _));

    [Theory]
    [InlineData("20260101-20260131", "20260101", "20260131")]
    [InlineData("20260101 - 20260131", "20260101", "20260131")]
    [InlineData("20260101-", "20260101", null)]
    [InlineData("-20260131", null, "20260131")]
    [InlineData("20260101", "20260101", "20260101")]
    public void TryParseRange_Dates_AreTheEnds(string text, string? from, string? to)
    {
        Assert.True(DicomDate.TryParseRange(text, out var range));
        Assert.Equal((from, to), (range.From is { } f ? DicomDate.Format(f) : null, range.To is { } t ? DicomDate.Format(t) : null));
    }

    [Theory]
    [InlineData("-")]
    [InlineData("")]
    [InlineData("20260101-x")]
    [InlineData("x-20260101")]
    [InlineData("20260101-20260102-20260103")]
    public void TryParseRange_NoDates_IsFalse(string text) => Assert.False(DicomDate.TryParseRange(text, out _));

    [Theory]
    [InlineData("10", "100000")]
    [InlineData("2230", "223000")]
    [InlineData("223015", "223015")]
    [InlineData("223015.5", "223015.500000")]
    [InlineData("223015.000001", "223015.000001")]
    [InlineData("22:30:15", "223015")]
    [InlineData("22:30", "223000")]
    [InlineData("235960", "235959.999999")]
    [InlineData("0907 ", "090700")]
    public void TryParse_Time_IsRead(string text, string expected)
    {
        Assert.True(DicomTime.TryParse(text, out var time));
        Assert.Equal(expected, DicomTime.Format(time));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("24")]
    [InlineData("1060")]
    [InlineData("101")]
    [InlineData("101010.")]
    [InlineData("101010.1234567")]
    [InlineData("1010.5")]
    [InlineData("10:")]
    public void TryParse_NoTime_IsFalse(string text) => Assert.False(DicomTime.TryParse(text, out _));

    [Fact]
    public void TryParseRange_Times_AreTheEnds()
    {
        Assert.True(DicomTime.TryParseRange("0900-1130", out var range));
        Assert.True(range.Contains(new TimeOnly(9, 0)) && range.Contains(new TimeOnly(11, 30)) && !range.Contains(new TimeOnly(11, 31)));
        Assert.True(DicomTime.TryParseRange("-12", out range));
        Assert.Equal(new ValueRange<TimeOnly>(null, new TimeOnly(12, 0)), range);
    }

    [Theory]
    [InlineData("2026", "2026-01-01T00:00:00.000000", "2026-12-31T23:59:59.999999", null)]
    [InlineData("202602", "2026-02-01T00:00:00.000000", "2026-02-28T23:59:59.999999", null)]
    [InlineData("20260203", "2026-02-03T00:00:00.000000", "2026-02-03T23:59:59.999999", null)]
    [InlineData("2026020310", "2026-02-03T10:00:00.000000", "2026-02-03T10:59:59.999999", null)]
    [InlineData("20260203101112.5+0100", "2026-02-03T10:11:12.500000", "2026-02-03T10:11:12.599999", 60)]
    [InlineData("20260203-1200", "2026-02-03T00:00:00.000000", "2026-02-03T23:59:59.999999", -720)]
    [InlineData("9999", "9999-01-01T00:00:00.000000", "9999-12-31T23:59:59.999999", null)]
    public void TryParse_DateTime_IsRead(string text, string start, string end, int? offset)
    {
        Assert.True(DicomDateTime.TryParse(text, out var value));
        Assert.Equal((start, end, offset), ($"{value.Start:yyyy-MM-ddTHH:mm:ss.ffffff}", $"{value.End:yyyy-MM-ddTHH:mm:ss.ffffff}", (int?)value.Offset?.TotalMinutes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("202")]
    [InlineData("20261")]
    [InlineData("20261301")]
    [InlineData("2026020310+1500")]
    [InlineData("2026-1300")]
    [InlineData("+0100")]
    public void TryParse_NoDateTime_IsFalse(string text) => Assert.False(DicomDateTime.TryParse(text, out _));

    [Theory]
    [InlineData("2025-2026", "2025-01-01T00:00", "2026-12-31T23:59")]
    [InlineData("20260101-0500", "2026-01-01T05:00", "2026-01-02T04:59")]
    [InlineData("20260101-0500-20260103-0500", "2026-01-01T05:00", "2026-01-04T04:59")]
    [InlineData("20260101-0500-", "2026-01-01T05:00", null)]
    [InlineData("-20260101+0100", null, "2026-01-01T22:59")]
    [InlineData("2026010112-2026010113", "2026-01-01T12:00", "2026-01-01T13:59")]
    public void TryParseRange_DateTimes_TellOffsetsFromRanges(string text, string? from, string? to)
    {
        Assert.True(DicomDateTime.TryParseRange(text, TimeSpan.Zero, out var range));
        Assert.Equal((from, to), (range.From?.ToString("yyyy-MM-ddTHH:mm"), range.To?.ToString("yyyy-MM-ddTHH:mm")));
    }
}
