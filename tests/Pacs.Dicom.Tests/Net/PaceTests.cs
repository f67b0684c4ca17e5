using Pacs.Dicom.Net;

namespace Pacs.Dicom.Tests.Net;

public sealed class PaceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(6_000, false)]     // a byte now and then
    [InlineData(7_000, true)]      // 64 KiB in ten network timeouts
    public void Keeps_SoMuchEverySecond_IsOrIsNotEnough(int bytes, bool expected)
    {
        var pace = new Pace(Second);

        Assert.Equal(expected, Enumerable.Range(0, 100).All(_ => pace.Keeps(bytes, Second)));
    }

    [Fact]
    public void Keeps_OneLongWait_IsHeldToTheSamePace()
    {
        var pace = new Pace(Second);

        Assert.False(pace.Keeps(256 * 1024, TimeSpan.FromSeconds(100)));
        Assert.True(pace.Keeps(256 * 1024, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Reset_BeforeTheWindowEnds_BeginsAnew()
    {
        var pace = new Pace(Second);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(pace.Keeps(1, 9 * Second));
            pace.Reset();
        }
    }
}
