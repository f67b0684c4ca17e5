using Microsoft.AspNetCore.Http;
using Pacs.Dicom.Files;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Forwarding;

/// <summary>Forwarding to peers that are DICOMweb servers.</summary>
public sealed class WebForwardTests(WorkerFixture archive) : IClassFixture<WorkerFixture>, IAsyncLifetime
{
    private readonly string _title = $"W{Random.Shared.Next():X}";
    private ScriptedDicomWeb _server = null!;

    public async Task InitializeAsync() => _server = await ScriptedDicomWeb.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Forward_Study_ArrivesAsStored()
    {
        var options = SampleOptions.Fresh() with { Rows = 16, Columns = 16 };
        SampleObject[] study = [.. SampleObjects.Study(2, 40, options), SampleObjects.Encapsulated(options with { SeriesNumber = 9 })];
        archive.Store(study);
        using var worker = await archive.StartWorkerAsync();
        var created = await ForwardAsync(study[0], w => w with { MaxInstancesPerRequest = 25 });
        var job = await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal((study.Length, 0, ""), (job.ObjectsDone, job.ObjectsFailed, job.Message));
        foreach (var sample in study)
        {
            var file = _server.FileOf(sample.SopInstanceUid);
            Assert.Equal(sample.ToDatasetBytes(), file[(int)DicomFile.Read(new MemoryStream(file)).DatasetOffset..]);
            Assert.Equal(1, _server.StoresOf(sample.SopInstanceUid));
        }
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_ServerTakesNothingAndThenDoes_ArrivesInTheEnd()
    {
        var study = Study(5);
        var isAway = true;
        _server.Intercept = context =>
        {
            if (isAway) context.Response.StatusCode = 503;
            return Task.FromResult(isAway);
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await ForwardAsync(study[0]);
        await Eventually.TrueAsync(() => _server.Exchanges.Count(e => e.Status == 503) >= 2);
        Assert.Equal(0, (await archive.Jobs.FindAsync(created.Id, default))!.Attempts);
        isAway = false;
        Assert.Equal(5, (await archive.EventuallyAsync(created.Id, JobState.Done)).ObjectsDone);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_ServerSaysWhenToComeBack_IsLeftAloneUntilThen()
    {
        var study = Study(3);
        _server.Then(429, retryAfter: "600");
        using var worker = await archive.StartWorkerAsync();
        var created = await ForwardAsync(study[0]);
        await Eventually.TrueAsync(async () => await archive.Queues.FindAsync(_title, default) is { State: PeerQueueState.Away, Running: 0 });
        Assert.True((await archive.Queues.FindAsync(_title, default)).Until > DateTimeOffset.UtcNow.AddSeconds(300));
        await archive.Queues.TryNowAsync(_title, default);
        Assert.Equal(3, (await archive.EventuallyAsync(created.Id, JobState.Done)).ObjectsDone);
        Assert.Equal([429, 200, 200, 200], _server.Exchanges.Select(e => e.Status));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_CredentialsPutRight_GoesOn()
    {
        var study = Study(3);
        await using var server = await ScriptedDicomWeb.StartAsync(new() { TokenClient = ("pacs", "right") });
        PeerWeb Web(string secret) => new()
        {
            Url = server.DicomWeb.ToString(),
            Authentication = new WebAuthentication { Kind = WebAuthenticationKind.ClientCredentials, TokenUrl = server.TokenUrl.ToString(), ClientId = "pacs", Secret = new(secret) },
        };
        using var worker = await archive.StartWorkerAsync();
        var created = await ForwardAsync(study[0], _ => Web("wrong"));
        await Eventually.TrueAsync(async () => (await archive.Jobs.FindAsync(created.Id, default))!.Message.Contains("401", StringComparison.Ordinal) || (await archive.Jobs.FindAsync(created.Id, default))!.State == JobState.Waiting);
        await archive.Peers.PutAsync(new Peer(_title) { Web = Web("right") }, default);
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal(3, server.SopInstanceUids.Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_SomeObjectsFail_TheirReasonsAreOnTheJob()
    {
        var study = Study(6);
        var passing = study[4].SopInstanceUid;
        _server.FailureReason = uid => uid == study[1].SopInstanceUid ? (ushort)0xC000 : uid == passing ? (ushort)0xA700 : null;
        using var worker = await archive.StartWorkerAsync();
        var created = await ForwardAsync(study[0]);
        await Eventually.TrueAsync(async () => (await archive.Jobs.ListObjectsAsync(created.Id, JobState.Waiting, 0, 10, default)) is [{ Status: 0xA700 }]);
        passing = null;
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.Equal((5, 1), (job.ObjectsDone, job.ObjectsFailed));
        var failed = Assert.Single(await archive.Jobs.ListObjectsAsync(created.Id, JobState.Failed, 0, 10, default));
        Assert.Equal((study[1].SopInstanceUid, 0xC000), (failed.SopInstanceUid, failed.Status));
        Assert.Equal(5, _server.SopInstanceUids.Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_OneObjectBreaksEachRequest_TheOthersArrive()
    {
        var study = Study(6);
        var bad = study[2].ToDatasetBytes();
        _server.Intercept = async context =>
        {
            context.Request.EnableBuffering();
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            context.Request.Body.Position = 0;
            if (body.ToArray().AsSpan().IndexOf(bad) < 0) return false;
            context.Abort();
            return true;
        };
        using var worker = await archive.StartWorkerAsync(("Pacs:Jobs:MaxAttempts", "3"));
        var created = await ForwardAsync(study[0]);
        await Eventually.TrueAsync(() => _server.SopInstanceUids.Count == 5);
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.Equal((5, 1), (job.ObjectsDone, job.ObjectsFailed));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Forward_PeerStopsAtFirstFailure_SendsNoMore()
    {
        var study = Study(6);
        var refused = 0;
        _server.FailureReason = _ => Interlocked.Increment(ref refused) == 3 ? (ushort)0xA900 : null;
        using var worker = await archive.StartWorkerAsync();
        await archive.Peers.PutAsync(new Peer(_title) { Web = new() { Url = _server.DicomWeb.ToString() }, Outbound = new() { StopAtFirstFailure = true } }, default);
        var created = await archive.Jobs.CreateAsync(new JobRequest("forward") { StudyInstanceUid = study[0].StudyInstanceUid, Peer = _title }, default);
        var job = await archive.EventuallyAsync(created.Id, JobState.Failed);
        Assert.StartsWith("1 of 6 objects failed, 3 were not tried: the peer wants jobs to end with the first failure. First: ", job.Message, StringComparison.Ordinal);
        Assert.Equal(2, _server.SopInstanceUids.Count);
        Assert.Equal(3, _server.Exchanges.Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Cancel_RequestUnderWay_EndsWithinAnObject()
    {
        // 20 MB that the server takes at leisure.
        var study = SampleObjects.Study(1, 40, SampleOptions.Fresh() with { Rows = 1024, Columns = 512 });
        archive.Store(study);
        var (reached, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        _server.Then(async context =>
        {
            var buffer = new byte[32 * 1024];
            using var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            try
            {
                while (await clock.WaitForNextTickAsync(CancellationToken.None) && await context.Request.Body.ReadAsync(buffer) > 0) reached.TrySetResult();
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or BadHttpRequestException)
            {
                ended.SetResult();
            }
            return true;
        });
        using var worker = await archive.StartWorkerAsync();
        var created = await ForwardAsync(study[0]);
        await reached.Task.WaitAsync(Eventually.Patience);
        Assert.Equal(JobChange.Accepted, await archive.Jobs.CancelAsync(created.Id, default));
        await ended.Task.WaitAsync(Eventually.Patience);
        Assert.Equal(JobState.Cancelled, (await archive.Jobs.FindAsync(created.Id, default))!.State);
        Assert.Single(_server.Exchanges);
        await worker.StopAsync();
    }

    private IReadOnlyList<SampleObject> Study(int count)
    {
        var study = SampleObjects.Study(1, count, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        archive.Store(study);
        return study;
    }

    private async Task<Job> ForwardAsync(SampleObject sample, Func<PeerWeb, PeerWeb>? change = null)
    {
        var web = new PeerWeb { Url = _server.DicomWeb.ToString() };
        await archive.Peers.PutAsync(new Peer(_title) { Web = change?.Invoke(web) ?? web }, default);
        return await archive.Jobs.CreateAsync(new JobRequest("forward") { StudyInstanceUid = sample.StudyInstanceUid, Peer = _title }, default);
    }
}
