using System.Diagnostics;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Pacs.TestKit;

namespace Pacs.Api.Tests.Fetching;

/// <summary>Archives that do not do as they should.</summary>
public sealed class FetchFailureTests(FetchServer server) : IClassFixture<FetchServer>
{
    private static SampleObject[] Study(int series, int instances) => [.. SampleObjects.Study(series, instances, SampleOptions.Fresh() with { Rows = 8, Columns = 8 })];

    [Fact]
    public async Task Move_ObjectsComeWithTheirOriginator_AreCountedAsTheyArrive()
    {
        var study = Study(1, 4);
        using var archive = new ScriptedArchive(study);
        using var goOn = new ManualResetEventSlim();
        archive.OnMove = (request, objects) =>
        {
            foreach (var one in objects.Take(2)) ScriptedArchive.Store(server.Dimse, one, request);
            goOn.Wait(Eventually.Patience);
            foreach (var one in objects.Skip(2)) ScriptedArchive.Store(server.Dimse, one, request);
            ScriptedArchive.End(request, DimseStatus.Success, 4);
        };
        await server.AddAsync(archive.Address);
        var created = await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid);
        // The peer has said nothing so far: what is told is what has arrived.
        var halfway = await server.EventuallyAsync(created.Id, j => j.ObjectsDone == 2, "two have arrived");
        Assert.Equal((4, JobState.Running), (halfway.ObjectsTotal, halfway.State));
        goOn.Set();
        var done = await server.EndAsync(created, JobState.Done);
        Assert.Equal((4, study.Sum(s => s.ToDatasetBytes().LongLength)), (done.ObjectsDone, done.BytesDone));
        Assert.Equal(4L, server.Postgres.Query($"SELECT count(*) FROM fetch_objects WHERE job_id = {created.Id} AND arrived_at IS NOT NULL"));
        Assert.Equal(0L, server.Postgres.Query($"SELECT count(*) FROM running_moves WHERE job_id = {created.Id}"));
    }

    [Fact]
    public async Task Move_TwoFetchesAtATime_AreToldApartByTheirMessageIds()
    {
        SampleObject[] one = Study(1, 3), two = Study(1, 3);
        using var archive = new ScriptedArchive([.. one, .. two]);
        using var both = new CountdownEvent(2);
        archive.OnMove = (request, objects) =>
        {
            both.Signal();
            both.Wait(Eventually.Patience);
            foreach (var o in objects) ScriptedArchive.Store(server.Dimse, o, request);
            ScriptedArchive.End(request, DimseStatus.Success, 3);
        };
        await server.AddAsync(archive.Address);
        Job[] jobs = [await server.FetchAsync(archive.Address.AeTitle, one[0].StudyInstanceUid), await server.FetchAsync(archive.Address.AeTitle, two[0].StudyInstanceUid)];
        foreach (var job in jobs) Assert.Equal(3, (await server.EndAsync(job, JobState.Done)).ObjectsDone);
        Assert.Equal(2, archive.Moves.Select(m => m.MessageId).Distinct().Count());
        foreach (var job in jobs) Assert.Equal(3L, server.Postgres.Query($"SELECT count(*) FROM fetch_objects WHERE job_id = {job.Id} AND arrived_at IS NOT NULL"));
    }

    [Fact]
    public async Task Move_NoOriginatorInTheObjects_IsDoneWhenTheyAreHere()
    {
        var study = Study(2, 2);
        using var archive = new ScriptedArchive(study);
        archive.OnMove = (request, objects) =>
        {
            foreach (var one in objects) ScriptedArchive.Store(server.Dimse, one, null);
            ScriptedArchive.End(request, DimseStatus.Success, objects.Count);
        };
        await server.AddAsync(archive.Address);
        var done = await server.EndAsync(await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid), JobState.Done);
        Assert.Equal(4, done.ObjectsDone);
        Assert.Equal(2, archive.Moves.Count);
    }

    /// <summary>Whose the study is the archive tells with its answers, and wants to hear with each C-MOVE (PS3.4 §C.4.2.2.1).</summary>
    [Fact]
    public async Task Move_ArchiveSpeaksPatientRootAlone_NamesThePatient()
    {
        var study = Study(2, 2);
        using var archive = new ScriptedArchive(study, isPatientRoot: true);
        archive.OnMove = (request, objects) =>
        {
            foreach (var one in objects) ScriptedArchive.Store(server.Dimse, one, request);
            ScriptedArchive.End(request, DimseStatus.Success, objects.Count);
        };
        await server.AddAsync(archive.Address);
        Assert.Equal(4, (await server.EndAsync(await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid), JobState.Done)).ObjectsDone);
        Assert.All(archive.Moves, m => Assert.Equal(study[0].PatientId, m.Identifier.GetString(Tags.PatientID)));
    }

    [Fact]
    public async Task Move_SuccessThatBroughtNothing_IsNotBelieved()
    {
        var study = Study(1, 2);
        using var archive = new ScriptedArchive(study);
        archive.OnMove = (request, objects) => ScriptedArchive.End(request, DimseStatus.Success, objects.Count);
        await server.AddAsync(archive.Address);
        var created = await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid);
        var waiting = await server.EventuallyAsync(created.Id, j => j.State == JobState.Waiting, "the job waits");
        Assert.Equal(0, waiting.ObjectsDone);
        Assert.Contains("has not come here", waiting.Message);
        // A peer that was wrong once is right the next time.
        archive.OnMove = (request, objects) =>
        {
            foreach (var one in objects) ScriptedArchive.Store(server.Dimse, one, request);
            ScriptedArchive.End(request, DimseStatus.Success, objects.Count);
        };
        await server.EndAsync(created, JobState.Done);
    }

    [Fact]
    public async Task Move_SomeInTheFailedList_AreToldAndTriedAgainAlone()
    {
        var study = Study(1, 3);
        using var archive = new ScriptedArchive(study);
        archive.OnMove = (request, objects) =>
        {
            var sent = archive.Moves.Count == 1 ? objects.Take(2).ToList() : objects;
            foreach (var one in sent) ScriptedArchive.Store(server.Dimse, one, request);
            ScriptedArchive.End(request, sent.Count < objects.Count ? DimseStatus.SuboperationsWithFailures : DimseStatus.Success, sent.Count, [.. objects.Except(sent).Select(o => o.SopInstanceUid)]);
        };
        await server.AddAsync(archive.Address);
        var created = await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid);
        await server.EndAsync(created, JobState.Done);
        var (first, second) = (archive.Moves.First().Identifier, archive.Moves.ElementAt(1).Identifier);
        Assert.Equal(("SERIES", "IMAGE"), (first.GetString(Tags.QueryRetrieveLevel), second.GetString(Tags.QueryRetrieveLevel)));
        Assert.Equal([study[2].SopInstanceUid], second.GetStrings(Tags.SOPInstanceUID));
        var told = await server.Jobs.ListObjectsAsync(created.Id, null, 0, 10, default);
        Assert.Equal([1, 1, 2], told.Select(o => o.Attempts));
    }

    [Fact]
    public async Task Move_AbortedMidway_GoesOnWithWhatIsMissing()
    {
        var study = Study(1, 5);
        using var archive = new ScriptedArchive(study);
        archive.OnMove = (request, objects) =>
        {
            var breaks = archive.Moves.Count == 1;
            foreach (var one in breaks ? objects.Take(3) : objects) ScriptedArchive.Store(server.Dimse, one, request);
            if (breaks) throw new Pacs.Dicom.Net.AssociationClosedException("As told.");
            ScriptedArchive.End(request, DimseStatus.Success, objects.Count);
        };
        await server.AddAsync(archive.Address);
        var done = await server.EndAsync(await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid), JobState.Done);
        Assert.Equal((5, 5), (done.ObjectsTotal, done.ObjectsDone));
        Assert.Equal(study.Skip(3).Select(s => s.SopInstanceUid).Order(), archive.Moves.ElementAt(1).Identifier.GetStrings(Tags.SOPInstanceUID).Order());
    }

    [Fact]
    public async Task Move_NeitherWordNorObject_EndsByStall()
    {
        var study = Study(1, 1);
        using var archive = new ScriptedArchive(study);
        using var goOn = new ManualResetEventSlim();
        archive.OnMove = (request, _) =>
        {
            goOn.Wait(Eventually.Patience);
            request.Respond(DimseStatus.Cancel);
        };
        await server.AddAsync(archive.Address, new PeerRemote { StallSeconds = 1 });
        var waiting = await server.EventuallyAsync((await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid)).Id, j => j.State == JobState.Waiting, "the job waits");
        Assert.Contains("for 1 seconds", waiting.Message);
        goOn.Set();
        await server.Jobs.CancelAsync(waiting.Id, default);
    }

    [Fact]
    public async Task Move_SilentButSending_IsNoStall()
    {
        const int Limit = 8;
        var study = Study(1, 24);
        using var archive = new ScriptedArchive(study);
        archive.OnMove = (request, objects) =>
        {
            // Longer than the limit as a whole, and never for a tenth of it.
            var (began, sent) = (Stopwatch.StartNew(), 0);
            foreach (var one in objects)
            {
                SpinWait.SpinUntil(() => began.Elapsed > TimeSpan.FromSeconds(1.5 * Limit * sent / objects.Count));
                ScriptedArchive.Store(server.Dimse, one, request);
                sent++;
            }
            ScriptedArchive.End(request, DimseStatus.Success, objects.Count);
        };
        await server.AddAsync(archive.Address, new PeerRemote { StallSeconds = Limit });
        await server.EndAsync(await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid), JobState.Done);
        Assert.Single(archive.Moves);
    }

    [Fact]
    public async Task Move_Cancelled_SendsCancelAndStops()
    {
        var study = Study(1, 3);
        using var archive = new ScriptedArchive(study);
        var cancelled = new TaskCompletionSource<bool>();
        archive.OnMove = (request, objects) =>
        {
            ScriptedArchive.Store(server.Dimse, objects[0], request);
            cancelled.TrySetResult(SpinWait.SpinUntil(() => request.IsCancelRequested, Eventually.Patience));
            ScriptedArchive.End(request, DimseStatus.Cancel, 1);
        };
        await server.AddAsync(archive.Address);
        var created = await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid);
        await server.EventuallyAsync(created.Id, j => j.ObjectsDone == 1, "one has arrived");
        Assert.Equal(JobChange.Accepted, await server.Jobs.CancelAsync(created.Id, default));
        Assert.True(await cancelled.Task.WaitAsync(Eventually.Patience));
        var end = await server.EndAsync(created, JobState.Cancelled);
        Assert.Equal(1, end.ObjectsDone);
    }

    [Fact]
    public async Task Move_DestinationUnknown_TellsWhatToSetUpThere()
    {
        var study = Study(1, 2);
        using var archive = new ScriptedArchive(study);
        archive.OnMove = (request, _) => request.Respond(DimseStatus.MoveDestinationUnknown, "who is that");
        await server.AddAsync(archive.Address);
        var failed = await server.EndAsync(await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid), JobState.Failed);
        Assert.Contains($"{archive.Address.AeTitle} does not know {FetchServer.AeTitle}", failed.Message);
        Assert.Contains($"port", failed.Message);
        Assert.Contains("offers no C-GET", failed.Message);
        Assert.All(await server.Jobs.ListObjectsAsync(failed.Id, null, 0, 10, default), o => Assert.Equal((JobState.Failed, 0xA801, 1), (o.State, o.Status, o.Attempts)));
    }

    [Fact]
    public async Task Fetch_RefusedHere_FailsForGoodWithTheReason()
    {
        var study = Study(1, 2);
        var wrong = study[0] with { Dataset = new Pacs.Dicom.Datasets.DicomDataset().Set(Tags.SOPClassUID, study[0].SopClassUid).Set(Tags.SOPInstanceUID, study[0].SopInstanceUid) };
        using var archive = new ScriptedArchive(study);
        archive.OnMove = (request, objects) =>
        {
            ScriptedArchive.Store(server.Dimse, wrong, request);
            ScriptedArchive.Store(server.Dimse, study[1], request);
            ScriptedArchive.End(request, DimseStatus.SuboperationsWithFailures, 1, study[0].SopInstanceUid);
        };
        await server.AddAsync(archive.Address);
        var failed = await server.EndAsync(await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid), JobState.Failed);
        Assert.Equal((1, 1), (failed.ObjectsDone, failed.ObjectsFailed));
        var refused = Assert.Single(await server.Jobs.ListObjectsAsync(failed.Id, JobState.Failed, 0, 10, default));
        Assert.Equal(0xA900, refused.Status);
        Assert.Contains("Refused here", refused.Message);
    }

    [Fact]
    public async Task Fetch_NothingThere_FailsAndFindsItLaterOnRetry()
    {
        var study = Study(1, 2);
        List<SampleObject> has = [];
        using var archive = new ScriptedArchive(has);
        archive.OnMove = (request, objects) =>
        {
            foreach (var one in objects) ScriptedArchive.Store(server.Dimse, one, request);
            ScriptedArchive.End(request, DimseStatus.Success, objects.Count);
        };
        await server.AddAsync(archive.Address);
        var created = await server.FetchAsync(archive.Address.AeTitle, study[0].StudyInstanceUid);
        var failed = await server.EndAsync(created, JobState.Failed);
        Assert.StartsWith("1 of 1 objects failed", failed.Message, StringComparison.Ordinal);
        Assert.Contains("has nothing of it", failed.Message);
        has.AddRange(study);
        Assert.Equal(JobChange.Accepted, await server.Jobs.RetryAsync(created.Id, default));
        await server.EndAsync(created, JobState.Done);
        Assert.Equal(2L, server.CountOf(study.Select(s => s.SopInstanceUid)));
    }

    /// <summary>One of the two names is not known there: that is so for every job, and a person mends it.</summary>
    [Theory]
    [InlineData("fetch", null)]
    [InlineData("prefetch", """{"patientId": "X"}""")]
    public async Task Fetch_PeerKnowsTheNameNot_WaitsInItsQueueAndCostsNoAttempt(string kind, string? parameters)
    {
        using var renamed = new ScriptedScp([Uids.StudyRootQueryRetrieveInformationModelFind], _ => { }) { Rejection = Rejection.CallingAeTitleNotRecognized };
        var peer = renamed.Address.AeTitle;
        await server.AddAsync(renamed.Address);
        var created = kind == "fetch"
            ? await server.FetchAsync(peer, Study(1, 1)[0].StudyInstanceUid)
            : await server.Jobs.CreateAsync(new JobRequest(kind) { Peer = peer, Parameters = System.Text.Json.JsonDocument.Parse(parameters!).RootElement }, default);
        var waiting = await server.EventuallyAsync(created.Id, j => j.State == JobState.Waiting, "the job waits");
        Assert.Equal(0, waiting.Attempts);
        Assert.Contains("AE title not recognized", waiting.Message, StringComparison.Ordinal);
        await server.Jobs.CancelAsync(created.Id, default);
    }

    [Fact]
    public async Task Fetch_PeerAway_WaitsInItsQueueAndGoesOn()
    {
        var study = Study(1, 1);
        var port = FreePort.Next();
        await server.AddAsync(new DicomAddress("AWAY", port));
        var created = await server.FetchAsync("AWAY", study[0].StudyInstanceUid);
        var waiting = await server.EventuallyAsync(created.Id, j => j.State == JobState.Waiting, "the job waits");
        Assert.Equal(0, waiting.Attempts);
        await server.Jobs.CancelAsync(created.Id, default);
    }
}
