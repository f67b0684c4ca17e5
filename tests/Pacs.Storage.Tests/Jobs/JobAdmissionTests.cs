using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Tests.Jobs;

public sealed class JobAdmissionTests
{
    [Theory]
    [InlineData(5, 0, false, 5)]
    [InlineData(5, 4, false, 1)]
    [InlineData(5, 7, false, 0)]
    [InlineData(0, 100, false, int.MaxValue)]
    [InlineData(5, 0, true, 1)]
    [InlineData(5, 1, true, 0)]
    public void Room_OfAPeer_IsWhatItsLimitLeaves(int limit, int running, bool isAway, int expected) =>
        Assert.Equal(expected, JobAdmission.Room(new PeerOutbound { MaxAssociations = limit }, running, isAway));

    [Fact]
    public void Room_OfNoPeer_IsUnlimited() => Assert.Equal(int.MaxValue, JobAdmission.Room(null, 100, isAway: false));

    [Fact]
    public void Choose_SeveralPriorities_TakesTheHighestThenTheOldest() =>
        Assert.Equal([4, 1, 2, 3], Choose([new(3, "A", 0), new(2, "A", 1), new(1, "A", 1), new(4, "A", 2)], [], places: 16, free: 16));

    [Fact]
    public void Choose_TwoQueues_TakesTurns() =>
        Assert.Equal([1, 7, 2, 8, 3], Choose([new(1, "A", 1), new(2, "A", 1), new(3, "A", 1), new(7, "B", 1), new(8, "B", 1)], [], places: 16, free: 16));

    [Fact]
    public void Choose_QueueWithJobsRunning_ComesAfterOneWithNone() =>
        Assert.Equal([9], Choose([new(1, "BUSY", 1), new(9, "IDLE", 1)], new() { ["BUSY"] = 3 }, places: 4, free: 1));

    [Fact]
    public void Choose_SlowPeers_LeaveTheLastQuarterToOthers()
    {
        var many = Enumerable.Range(1, 20).Select(i => new JobCandidate(i, "SLOW", 1));
        Assert.Equal(12, Choose(many, [], places: 16, free: 16).Count);
        Assert.Empty(Choose(many, new() { ["SLOW"] = 12 }, places: 16, free: 4));
        Assert.Equal([99], Choose(many.Append(new JobCandidate(99, "OTHER", 0)), new() { ["SLOW"] = 12 }, places: 16, free: 4));
    }

    [Fact]
    public void Choose_OnePlace_IsForAnyQueue() => Assert.Equal([1], Choose([new(1, "A", 1), new(2, "A", 1)], new() { ["A"] = 1 }, places: 1, free: 1));

    private static IReadOnlyList<long> Choose(IEnumerable<JobCandidate> candidates, Dictionary<string, int> running, int places, int free) =>
        JobAdmission.Choose(candidates.OrderByDescending(c => c.Priority).ThenBy(c => c.Id), running, places, free);
}
