using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Worker.Tests.Engine;

/// <summary>Where jobs with alternates go, as one turn of a worker decides it; no worker runs.</summary>
public sealed class AlternatesTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Away_ForLongEnoughToBeTriedAgain_IsTriedByTheNextJob()
    {
        var job = await archive.InsertAsync(new JobRequest("forward") { Peer = "FIRST", Alternates = ["SECOND"] }, new JobItem("1.2.3"));
        await archive.Queues.AwayAsync("FIRST", "Not there.", TimeSpan.FromHours(1), default);
        Assert.Equal("SECOND", await PeerOfAsync(job.Id));
        var next = await archive.InsertAsync(new JobRequest("forward") { Peer = "FIRST", Alternates = ["SECOND"] }, new JobItem("1.2.4"));
        archive.Postgres.Query("UPDATE peer_queues SET away_until = now() WHERE peer = 'FIRST'");
        Assert.Equal("FIRST", await PeerOfAsync(next.Id));
        archive.Postgres.Query("UPDATE peer_queues SET away_until = now() + interval '1 hour' WHERE peer = 'FIRST'");
        Assert.Equal("SECOND", await PeerOfAsync(next.Id));
    }

    [Fact]
    public async Task Away_AlternateNeither_GoesToTheOneThatMayBeTriedAgain()
    {
        var job = await archive.InsertAsync(new JobRequest("forward") { Peer = "A1", Alternates = ["A2", "A3"] }, new JobItem("1.2.3"));
        foreach (var peer in (string[])["A1", "A2", "A3"]) await archive.Queues.AwayAsync(peer, "Not there.", TimeSpan.FromHours(1), default);
        Assert.Equal("A1", await PeerOfAsync(job.Id));
        archive.Postgres.Query("UPDATE peer_queues SET away_until = now() WHERE peer = 'A3'");
        Assert.Equal("A3", await PeerOfAsync(job.Id));
        await archive.Queues.HoldAsync("A3", default);
        Assert.Equal("A3", await PeerOfAsync(job.Id));
        archive.Postgres.Query("UPDATE peer_queues SET away_until = now() WHERE peer = 'A1'");
        Assert.Equal("A1", await PeerOfAsync(job.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("P1")]
    [InlineData("P2", "P2")]
    public async Task Create_AlternatesThatAreNone_IsRefused(params string[] alternates)
    {
        foreach (var peer in (string[])["P1", "P2"]) await archive.Peers.PutAsync(new Peer(peer, "localhost", 104), default);
        var refused = await Assert.ThrowsAsync<JobRefusedException>(
            () => archive.Jobs.CreateAsync(new JobRequest("forward") { StudyInstanceUid = "1.2.3", Peer = "P1", Alternates = alternates }, default));
        Assert.Equal(JobRefusal.Invalid, refused.Refusal);
    }

    [Fact]
    public async Task Release_PeerOutsideItsHours_SaysThatItIsClosed()
    {
        archive.Postgres.Query("INSERT INTO peer_queues (peer, closed_until, reason) VALUES ('NIGHT', now() + interval '1 hour', 'Outside')");
        await archive.Queues.HoldAsync("NIGHT", default);
        var held = await archive.Queues.FindAsync("NIGHT", default);
        await archive.Queues.AwayAsync("NIGHT", "Not there.", null, default);
        Assert.Equal(held.Reason, (await archive.Queues.FindAsync("NIGHT", default)).Reason);
        Assert.Contains("Held", held.Reason, StringComparison.Ordinal);

        await archive.Queues.ReleaseAsync("NIGHT", default);
        var closed = await archive.Queues.FindAsync("NIGHT", default);
        Assert.Equal((PeerQueueState.Closed, "Outside the hours of operation of NIGHT"), (closed.State, closed.Reason));
    }

    [Fact]
    public async Task Progress_SomeHaveFailed_RemainingTimeIsOfTheOthers()
    {
        var created = await archive.InsertAsync(new JobRequest("forward") { Peer = "SLOW" }, [.. Enumerable.Range(1, 4).Select(i => new JobItem($"1.2.{i}", 100))]);
        archive.Postgres.Query(
            $"UPDATE jobs SET state = 1, worker = 'somebody', run_started_at = now() - interval '1 hour', objects_done = 1, bytes_done = 100, objects_failed = 2 WHERE id = {created.Id}");
        Assert.InRange((await archive.Jobs.FindAsync(created.Id, default))!.RemainingSeconds!.Value, 3599, 5400);
    }

    private async Task<string?> PeerOfAsync(long job)
    {
        await archive.Get<JobQueue>().RenewAsync("nobody", [], default);
        return (await archive.Jobs.FindAsync(job, default))!.Peer;
    }
}
