using System.Collections.Concurrent;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.Storage.Remote;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;

namespace Pacs.Storage.Tests.Remote;

public sealed class DimseArchiveTests : IClassFixture<PostgresFixture>, IDisposable
{
    private const string StudyRoot = Uids.StudyRootQueryRetrieveInformationModelFind;
    private const string PatientRoot = Uids.PatientRootQueryRetrieveInformationModelFind;

    private readonly StorageProcess _process;
    private readonly ConcurrentQueue<DicomDataset> _asked = [];

    public DimseArchiveTests(PostgresFixture postgres) => _process = postgres.StartProcess();

    public void Dispose() => _process.Dispose();

    [Theory]
    [InlineData(QueryLevel.Study, RemoteModel.Any, new[] { StudyRoot, PatientRoot }, StudyRoot)]
    [InlineData(QueryLevel.Study, RemoteModel.PatientRoot, new[] { StudyRoot, PatientRoot }, PatientRoot)]
    [InlineData(QueryLevel.Study, RemoteModel.Any, new[] { PatientRoot }, PatientRoot)]
    [InlineData(QueryLevel.Patient, RemoteModel.Any, new[] { StudyRoot, PatientRoot }, PatientRoot)]
    public async Task Find_ModelsThatThePeerAccepts_TakesTheBest(QueryLevel level, RemoteModel wanted, string[] offered, string expected)
    {
        var models = new ConcurrentQueue<string>();
        using var peer = new ScriptedScp(offered, request =>
        {
            models.Enqueue(request.Context.AbstractSyntax);
            Answer(request, new DicomDataset().Set(Tags.PatientID, "P1").Set(Tags.StudyInstanceUID, "1.2.3"));
        });
        var found = await FindAsync(peer.Address, new QuerySpec(level) { Keys = [Key(Tags.PatientID, "P1")] }, new PeerRemote { Model = wanted });
        Assert.Equal([expected], models.Distinct());
        Assert.Equal("P1", Assert.Single(found).GetString(Tags.PatientID));
    }

    [Fact]
    public async Task Find_NoModelForTheLevel_IsRefused()
    {
        using var peer = new ScriptedScp([StudyRoot], r => Answer(r));
        var e = await Assert.ThrowsAsync<RemoteArchiveException>(() => FindAsync(peer.Address, new QuerySpec(QueryLevel.Patient)));
        Assert.Equal(RemoteFault.Refused, e.Fault);
        Assert.Contains("Patient Root", e.Message);
    }

    [Fact]
    public async Task Find_KeysOfHigherLevels_GoesDownThroughTheirMatches()
    {
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            var identifier = request.ReadDataset();
            _asked.Enqueue(identifier);
            if (identifier.GetString(Tags.QueryRetrieveLevel) == "STUDY")
                Answer(request, Study("1.1").Set(Tags.PatientName, "DOE^JANE"), Study("1.2").Set(Tags.PatientName, "DOE^JOHN"));
            else
                Answer(request, new DicomDataset().Set(Tags.SeriesInstanceUID, $"{identifier.GetString(Tags.StudyInstanceUID)}.9").Set(Tags.Modality, "CT"));
        });
        var found = await FindAsync(peer.Address, new QuerySpec(QueryLevel.Series)
        {
            Keys = [Key(Tags.PatientName, "DOE*"), Key(Tags.Modality, "CT")],
            Return = [new(Tags.PatientName), new(Tags.SeriesNumber)],
        });
        Assert.Equal([("1.1.9", "DOE^JANE", "1.1"), ("1.2.9", "DOE^JOHN", "1.2")],
            found.Select(f => (f.GetString(Tags.SeriesInstanceUID)!, f.GetString(Tags.PatientName)!, f.GetString(Tags.StudyInstanceUID)!)));
        var (first, second) = (_asked.First(), _asked.ElementAt(1));
        Assert.Equal("DOE*", first.GetString(Tags.PatientName));
        Assert.False(first.Contains(Tags.Modality));
        // Of the levels above nothing but the unique key (PS3.4 §C.4.1.2.1).
        Assert.Equal([Tags.QueryRetrieveLevel, Tags.Modality, Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SeriesNumber], second.Select(e => e.Tag));
    }

    [Fact]
    public async Task Find_RelationalAgreed_AsksOnce()
    {
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            _asked.Enqueue(request.ReadDataset());
            Answer(request);
        }, negotiate: _ => [1]);
        await FindAsync(peer.Address, new QuerySpec(QueryLevel.Instance) { Keys = [Key(Tags.PatientName, "DOE*"), Key(Tags.StudyInstanceUID, "1.2")], Return = [new(Tags.Modality)] });
        var asked = Assert.Single(_asked);
        Assert.Equal(("IMAGE", "DOE*", "1.2"), (asked.GetString(Tags.QueryRetrieveLevel), asked.GetString(Tags.PatientName), asked.GetString(Tags.StudyInstanceUID)));
        Assert.True(asked.Contains(Tags.Modality));
    }

    [Fact]
    public async Task Find_AnyAttributeAndConfiguredOnes_AreKeys()
    {
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            _asked.Enqueue(request.ReadDataset());
            Answer(request);
        });
        await FindAsync(peer.Address, new QuerySpec(QueryLevel.Study)
        {
            Keys =
            [
                new(new AttributePath(Tags.ProcedureCodeSequence, Tags.CodeValue), Vr.SH, ["X1"]), new(new AttributePath(new Tag(0x00091001)), Vr.UN, ["PRIVATE"]),
                Key(Tags.StudyDate, "20260101-20261231"), Key(Tags.ModalitiesInStudy, "CT", "MR"), Key(Tags.SoftwareVersions, "7"),
            ],
            Return = [new(Tags.ProcedureCodeSequence, Tags.CodeMeaning), new(Tags.ReferencedStudySequence)],
        }, new PeerRemote { Attributes = ["PatientComments", "00321060"] });
        var asked = Assert.Single(_asked);
        var item = Assert.Single(asked.GetItems(Tags.ProcedureCodeSequence));
        Assert.Equal("X1", item.GetString(Tags.CodeValue));
        Assert.True(item.Contains(Tags.CodeMeaning) && asked.Contains(Tags.PatientComments) && asked.Contains(new Tag(0x00321060)) && asked.Contains(Tags.ReferencedStudySequence));
        Assert.Equal(("PRIVATE", "20260101-20261231", "7"), (asked.GetString(new Tag(0x00091001)), asked.GetString(Tags.StudyDate), asked.GetString(Tags.SoftwareVersions)));
        Assert.Equal(["CT", "MR"], asked.GetStrings(Tags.ModalitiesInStudy));
    }

    [Theory]
    [InlineData("ISO_IR 100", null, "Müller^Jürgen")]
    [InlineData("ISO_IR 192", null, "山田^太郎")]
    [InlineData("ISO_IR 144", "ISO_IR 144", "Люкceмбypг")]
    [InlineData("ISO_IR 13", "ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ")]
    public async Task Find_AnswersInACharacterSet_AreInUtf8(string encoding, string? assumed, string name)
    {
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            var answer = new DicomDataset().Set(SpecificCharacterSet.Tag, encoding).Set(Tags.PatientName, name).Set(Tags.StudyInstanceUID, "1.2");
            // One that forgets to say so is understood by what is set for it.
            if (assumed is not null) answer.Remove(SpecificCharacterSet.Tag);
            Answer(request, answer);
        });
        var found = Assert.Single(await FindAsync(peer.Address, new QuerySpec(QueryLevel.Study), new PeerRemote { CharacterSet = assumed }));
        Assert.Equal((name, "ISO_IR 192"), (found.GetString(Tags.PatientName), found.GetString(SpecificCharacterSet.Tag)));
    }

    [Theory]
    [InlineData(null, "ISO_IR 192")]
    [InlineData("ISO_IR 100", "ISO_IR 100")]
    public async Task Find_KeyBeyondAscii_SaysItsCharacterSet(string? configured, string expected)
    {
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            _asked.Enqueue(request.ReadDataset());
            Answer(request);
        });
        await FindAsync(peer.Address, new QuerySpec(QueryLevel.Study) { Keys = [Key(Tags.PatientName, "Müller*")] }, new PeerRemote { CharacterSet = configured });
        var asked = Assert.Single(_asked);
        Assert.Equal((expected, "Müller*"), (asked.GetString(SpecificCharacterSet.Tag), asked.GetString(Tags.PatientName)));
    }

    [Fact]
    public async Task Find_LimitReached_CancelsTheRest()
    {
        var wasCancelled = new TaskCompletionSource<bool>();
        using var peer = new ScriptedScp([StudyRoot], request => wasCancelled.TrySetResult(AnswerUntilCancelled(request)));
        var found = await FindAsync(peer.Address, new QuerySpec(QueryLevel.Study) { Limit = 5, Offset = 2 });
        Assert.Equal(["1.3", "1.4", "1.5", "1.6", "1.7"], found.Select(f => f.GetString(Tags.StudyInstanceUID)));
        Assert.True(await wasCancelled.Task.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Find_CancelledWhileThePeerIsSilent_SendsCancelAndEnds()
    {
        var reached = new TaskCompletionSource();
        var wasCancelled = new TaskCompletionSource<bool>();
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            request.ReadDataset();
            reached.TrySetResult();
            wasCancelled.TrySetResult(SpinWait.SpinUntil(() => request.IsCancelRequested, Eventually.Patience));
            request.Respond(DimseStatus.Cancel);
        });
        using var leave = new CancellationTokenSource();
        var search = FindAsync(peer.Address, new QuerySpec(QueryLevel.Study), cancellation: leave.Token);
        await reached.Task;
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => search);
        Assert.True(await wasCancelled.Task.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Find_PeerHangsThroughACancel_EndsAllTheSame()
    {
        var reached = new TaskCompletionSource();
        using var goOn = new ManualResetEventSlim();
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            request.ReadDataset();
            reached.TrySetResult();
            goOn.Wait(Eventually.Patience);
            request.Respond(DimseStatus.Success);
        });
        using var leave = new CancellationTokenSource();
        var search = FindAsync(peer.Address, new QuerySpec(QueryLevel.Study), cancellation: leave.Token);
        await reached.Task;
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => search.WaitAsync(Eventually.Patience));
        goOn.Set();
    }

    [Theory]
    [InlineData(0xA900, RemoteFault.Refused)]
    [InlineData(0x0122, RemoteFault.Refused)]
    [InlineData(0xA700, RemoteFault.Failed)]
    [InlineData(0xC001, RemoteFault.Failed)]
    public async Task Find_FinalStatusIsAFailure_TellsItAndTheComment(int status, RemoteFault fault)
    {
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            request.ReadDataset();
            request.Respond(request.Command.Response(DimseStatus.Pending), Study("1.2"));
            request.Respond(new DimseStatus((ushort)status), "why it is so");
        });
        var e = await Assert.ThrowsAsync<RemoteArchiveException>(() => FindAsync(peer.Address, new QuerySpec(QueryLevel.Study)));
        Assert.Equal((fault, status), (e.Fault, e.Status));
        Assert.Contains("why it is so", e.Message);
    }

    [Fact]
    public async Task Find_NobodyThere_IsAway()
    {
        var e = await Assert.ThrowsAsync<RemoteArchiveException>(() => FindAsync(new DicomAddress("GONE", FreePort.Next()), new QuerySpec(QueryLevel.Study)));
        Assert.Equal(RemoteFault.Away, e.Fault);
    }

    private async Task<List<DicomDataset>> FindAsync(DicomAddress address, QuerySpec query, PeerRemote? settings = null, CancellationToken cancellation = default)
    {
        var archive = _process.Get<RemoteArchives>().Of(new Peer(address.AeTitle, address.Host, address.Port) { Remote = settings });
        var found = new List<DicomDataset>();
        await foreach (var match in archive.FindAsync(query, cancellation)) found.Add(match);
        return found;
    }

    private static MatchingKey Key(Tag tag, params string[] values) => new(new AttributePath(tag), DataElementDictionary.VrOf(tag), values);

    private static DicomDataset Study(string uid) => new DicomDataset().Set(Tags.StudyInstanceUID, uid);

    private static void Answer(DimseRequest request, params DicomDataset[] matches)
    {
        foreach (var match in matches) request.Respond(request.Command.Response(DimseStatus.Pending), match);
        request.Respond(DimseStatus.Success);
    }

    private static bool AnswerUntilCancelled(DimseRequest request)
    {
        request.ReadDataset();
        var cancelled = false;
        for (var i = 1; i <= 1_000_000 && !(cancelled = request.IsCancelRequested); i++) request.Respond(request.Command.Response(DimseStatus.Pending), Study($"1.{i}"));
        request.Respond(cancelled ? DimseStatus.Cancel : DimseStatus.Success);
        return cancelled;
    }
}
