using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Peers;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Retrieve;

public sealed class RetrieveServiceTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const string Get = Uids.StudyRootQueryRetrieveInformationModelGet;
    private const string Move = Uids.StudyRootQueryRetrieveInformationModelMove;

    [Fact]
    public async Task Get_Dcmtk_FetchesTheStudy()
    {
        using var folder = new TemporaryFolder();
        var study = SampleObjects.Study(2, 3, SampleOptions.Fresh());
        server.Store(study);
        (await Dcmtk.GetScuAsync(server.Address, folder.Path, ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"])).EnsureSucceeded();
        AssertSame(study, Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void Get_EncapsulatedAndNative_ComesAsStored()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] study = [SampleObjects.Ct(options), SampleObjects.Encapsulated(options with { InstanceNumber = 2 })];
        server.Store(study);
        var (received, final) = RunGet(study[0].StudyInstanceUid, asScp: true, [.. study.Select(s => (s.SopClassUid, s.TransferSyntax.Uid))]);
        Assert.Equal(DimseStatus.Success, final.Status);
        Assert.Equal((ushort)2, final.Command.CompletedSuboperations);
        Assert.Null(final.Command.RemainingSuboperations);
        Assert.Null(final.Dataset);
        foreach (var sample in study) Assert.Equal(sample.ToDatasetBytes(), received[sample.SopInstanceUid]);
    }

    [Fact]
    public void Get_OtherNativeSyntaxNegotiated_IsConverted()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var (received, final) = RunGet(sample.StudyInstanceUid, asScp: true, (sample.SopClassUid, Uids.ImplicitVRLittleEndian));
        Assert.Equal(DimseStatus.Success, final.Status);
        Assert.Equal(DatasetWriter.ToArray(sample.Dataset, TransferSyntaxRegistry.ImplicitVrLittleEndian), received[sample.SopInstanceUid]);
    }

    [Fact]
    public void Get_RoleNotProposed_FailsEachObjectAndSaysWhy()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var (received, final) = RunGet(sample.StudyInstanceUid, asScp: false, (sample.SopClassUid, sample.TransferSyntax.Uid));
        Assert.Equal((DimseStatus.UnableToPerformSuboperations, (ushort?)1), (final.Status, final.Command.FailedSuboperations));
        Assert.Equal("SCP role not proposed: CT Image Storage", final.Command.ErrorComment);
        Assert.Equal([sample.SopInstanceUid], final.Dataset!.GetStrings(Tags.FailedSOPInstanceUIDList));
        Assert.Empty(received);
    }

    [Fact]
    public async Task Get_RoleNotProposedAndRulesLenient_IsSentAllTheSame()
    {
        await using var lenient = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:LenientGet", "true"));
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        lenient.Store(sample);
        using var association = lenient.Connect(new ProposedContext(Get, Uids.ExplicitVRLittleEndian), new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid));
        // Our own client did not forget by mistake: it takes no object, and tells that one came.
        var refused = Assert.Throws<AssociationProtocolException>(() => association.Get(Get, StudyIdentifier(sample.StudyInstanceUid), new Collector([])).Last());
        Assert.Contains(nameof(CommandField.CStoreRq), refused.Message);
    }

    [Fact]
    public void Get_NoContextForSome_AnswersB000WithTheList()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] study = [SampleObjects.Ct(options), SampleObjects.Mr(options)];
        server.Store(study);
        var (received, final) = RunGet(study[0].StudyInstanceUid, asScp: true, (study[0].SopClassUid, study[0].TransferSyntax.Uid));
        Assert.Equal(DimseStatus.SuboperationsWithFailures, final.Status);
        Assert.Single(received);
        Assert.Equal([study[1].SopInstanceUid], final.Dataset!.GetStrings(Tags.FailedSOPInstanceUIDList));
    }

    [Fact]
    public void Get_NoContextForAny_AnswersA702WithTheList()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var (received, final) = RunGet(sample.StudyInstanceUid, asScp: true, (Uids.MRImageStorage, sample.TransferSyntax.Uid));
        Assert.Equal(DimseStatus.UnableToPerformSuboperations, final.Status);
        Assert.Empty(received);
        Assert.Equal([sample.SopInstanceUid], final.Dataset!.GetStrings(Tags.FailedSOPInstanceUIDList));
    }

    [Fact]
    public void Get_WithoutStudyUid_AnswersA900()
    {
        using var association = server.Connect(new ProposedContext(Get, Uids.ExplicitVRLittleEndian));
        var final = association.Get(Get, new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY"), new Collector([])).Last();
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, final.Status);
        Assert.Equal([Tags.StudyInstanceUID], final.Command.OffendingElements);
    }

    [Fact]
    public async Task Move_Dcmtk_ArrivesAtTheDestination()
    {
        await using var destination = await StoreScp.StartAsync("MOVEDEST1");
        await server.AddPeerAsync(destination.Address);
        var options = SampleOptions.Fresh();
        SampleObject[] study = [.. SampleObjects.Study(2, 3, options), SampleObjects.Encapsulated(options with { SeriesNumber = 9 })];
        server.Store(study);
        var result = (await Dcmtk.MoveScuAsync(server.Address, "MOVEDEST1", ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"])).EnsureSucceeded();
        AssertSame(study, destination.Files);
        Assert.Contains("Pending", result.Output + result.Error);
    }

    [Fact]
    public async Task Move_DestinationTakesImplicitOnly_IsConverted()
    {
        await using var destination = await StoreScp.StartAsync("MOVEDEST2", "+xi");
        await server.AddPeerAsync(destination.Address);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        Assert.Equal(DimseStatus.Success, RunMove(sample.StudyInstanceUid, "MOVEDEST2").Status);
        var file = DicomFile.Open(destination.Files.Single());
        Assert.Equal(TransferSyntaxRegistry.ImplicitVrLittleEndian, file.FileMeta.TransferSyntax);
    }

    [Fact]
    public void Move_UnknownDestination_AnswersA801()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var final = RunMove(sample.StudyInstanceUid, "NOSUCH");
        Assert.Equal(DimseStatus.MoveDestinationUnknown, final.Status);
        Assert.Contains("NOSUCH", final.Command.ErrorComment!);
    }

    [Fact]
    public async Task Move_DestinationSpeaksDicomWebOnly_AnswersA801()
    {
        await server.Get<PeerStore>().PutAsync(new Peer("WEBONLY") { Web = new() { Url = "https://archive.example.org/dicomweb" } }, default);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var final = RunMove(sample.StudyInstanceUid, "WEBONLY");
        Assert.Equal(DimseStatus.MoveDestinationUnknown, final.Status);
        Assert.Contains("DICOMweb", final.Command.ErrorComment!);
    }

    [Fact]
    public async Task Move_DestinationIsDown_AnswersA702WithTheList()
    {
        await server.AddPeerAsync(new DicomAddress("DOWN", FreePort.Next()));
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        server.Store(study);
        var final = RunMove(study[0].StudyInstanceUid, "DOWN");
        Assert.Equal(DimseStatus.UnableToPerformSuboperations, final.Status);
        Assert.Equal((ushort)3, final.Command.FailedSuboperations);
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(), final.Dataset!.GetStrings(Tags.FailedSOPInstanceUIDList).Order());
    }

    [Fact]
    public async Task Move_NothingThere_Succeeds()
    {
        await server.AddPeerAsync(new DicomAddress("UNUSED", FreePort.Next()));
        var final = RunMove("1.2.3.4.5.6", "UNUSED");
        Assert.Equal(DimseStatus.Success, final.Status);
        Assert.Equal((ushort)0, final.Command.CompletedSuboperations);
    }

    [Fact]
    public async Task Move_ToOurselves_CarriesTheOriginator()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var commands = new List<CommandSet>();
        using var listener = new AssociationListener(new AssociationListenerOptions { EndPoint = new(System.Net.IPAddress.Loopback, 0) }, [new Collector([], commands)]);
        listener.Start();
        await server.AddPeerAsync(new DicomAddress("LISTENER", listener.LocalEndPoint.Port));
        Assert.Equal(DimseStatus.Success, RunMove(sample.StudyInstanceUid, "LISTENER").Status);
        var command = Assert.Single(commands);
        Assert.Equal("TESTER", command.MoveOriginatorAeTitle);
        Assert.NotNull(command.MoveOriginatorMessageId);
        Assert.Equal(Priority.Medium, command.Priority);
    }

    [Fact]
    public async Task Move_MoreThan128Contexts_OpensFurtherAssociations()
    {
        var options = SampleOptions.Fresh();
        var study = SopClassRegistry.Storage.Take(100).Select((c, i) => SampleObjects.Ct(options with { InstanceNumber = i + 1, SopClassUid = c.Uid })).ToList();
        server.Store(study);
        var received = new Dictionary<string, byte[]>();
        using var listener = new AssociationListener(new AssociationListenerOptions { EndPoint = new(System.Net.IPAddress.Loopback, 0) }, [new Collector(received)]);
        listener.Start();
        await server.AddPeerAsync(new DicomAddress("MANY", listener.LocalEndPoint.Port));
        Assert.Equal(DimseStatus.Success, RunMove(study[0].StudyInstanceUid, "MANY").Status);
        Assert.Equal(study.Count, received.Count);
    }

    [Fact]
    public async Task Move_Cancelled_StopsAndTheAssociationGoesOn()
    {
        var study = SampleObjects.Study(1, 300, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        server.Store(study);
        using var isCancelling = new ManualResetEventSlim();
        var received = new Dictionary<string, byte[]>();
        using var listener = new AssociationListener(
            new AssociationListenerOptions { EndPoint = new(System.Net.IPAddress.Loopback, 0) },
            [new Collector(received, onObject: () => { if (received.Count > 2) isCancelling.Wait(Eventually.Patience); })]);
        listener.Start();
        await server.AddPeerAsync(new DicomAddress("CANCELLED", listener.LocalEndPoint.Port));
        using var association = server.Connect(new ProposedContext(Move, Uids.ExplicitVRLittleEndian), new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian));

        using (var responses = association.Move(Move, "CANCELLED", StudyIdentifier(study[0].StudyInstanceUid)).GetEnumerator())
        {
            Assert.True(responses.MoveNext());
            Assert.Equal((DimseStatus.Pending, (ushort)299), (responses.Current.Status, responses.Current.Command.RemainingSuboperations));
            association.RequestCancel();
            isCancelling.Set();
            while (responses.MoveNext()) { }
            Assert.Equal(DimseStatus.Cancel, responses.Current.Status);
        }
        Assert.InRange(received.Count, 1, 299);
        Assert.Equal(DimseStatus.Success, association.Echo());
    }

    [Fact]
    public async Task Move_DestinationAbortsUnderAnObject_SendsTheOthers()
    {
        var study = SampleObjects.Study(1, 5, SampleOptions.Fresh());
        server.Store(study);
        var received = new Dictionary<string, byte[]>();
        using var listener = new AssociationListener(
            new AssociationListenerOptions { EndPoint = new(System.Net.IPAddress.Loopback, 0) }, [new Breaker(received, study[2].SopInstanceUid)]);
        listener.Start();
        await server.AddPeerAsync(new DicomAddress("BREAKS", listener.LocalEndPoint.Port));
        var final = RunMove(study[0].StudyInstanceUid, "BREAKS");
        Assert.Equal(DimseStatus.SuboperationsWithFailures, final.Status);
        Assert.Equal([study[2].SopInstanceUid], final.Dataset!.GetStrings(Tags.FailedSOPInstanceUIDList));
        Assert.Equal(4, received.Count);
    }

    private DimseResponse RunMove(string studyInstanceUid, string destination)
    {
        using var association = server.Connect(new ProposedContext(Move, Uids.ExplicitVRLittleEndian));
        return association.Move(Move, destination, StudyIdentifier(studyInstanceUid)).Last();
    }

    private (Dictionary<string, byte[]> Received, DimseResponse Final) RunGet(string studyInstanceUid, bool asScp, params (string SopClass, string TransferSyntax)[] storage)
    {
        var received = new Dictionary<string, byte[]>();
        using var association = server.Connect(
            [new ProposedContext(Get, Uids.ExplicitVRLittleEndian), .. storage.Select(s => new ProposedContext(s.SopClass, s.TransferSyntax) { AsScp = asScp })]);
        return (received, association.Get(Get, StudyIdentifier(studyInstanceUid), new Collector(received)).Last());
    }

    private static DicomDataset StudyIdentifier(string studyInstanceUid) =>
        new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY").Set(Tags.StudyInstanceUID, studyInstanceUid);

    private static void AssertSame(IReadOnlyList<SampleObject> expected, IEnumerable<string> files)
    {
        var received = files.Select(f => (File: f, Content: DicomFile.Open(f))).ToDictionary(f => f.Content.FileMeta.MediaStorageSopInstanceUid);
        Assert.Equal(expected.Count, received.Count);
        foreach (var sample in expected)
        {
            var (path, content) = received[sample.SopInstanceUid];
            Assert.Equal(sample.ToDatasetBytes(), File.ReadAllBytes(path)[(int)content.DatasetOffset..]);
        }
    }

    /// <summary>Takes objects and keeps their bytes.</summary>
    private sealed class Collector(Dictionary<string, byte[]> received, List<CommandSet>? commands = null, Action? onObject = null) : IDimseService
    {
        public IReadOnlyList<ServiceContext> Contexts { get; } =
            [.. SopClassRegistry.Storage.Select(c => new ServiceContext(c.Uid, [.. TransferSyntaxRegistry.All.Select(t => t.Uid)]))];

        public void Handle(DimseRequest request)
        {
            var bytes = new MemoryStream();
            while (request.ReadFragments(out var fragments))
                foreach (var fragment in fragments) bytes.Write(fragment.Span);
            received[request.Command.AffectedSopInstanceUid!] = bytes.ToArray();
            commands?.Add(request.Command);
            onObject?.Invoke();
            request.Respond(DimseStatus.Success);
        }
    }

    /// <summary>Breaks the association under one object.</summary>
    private sealed class Breaker(Dictionary<string, byte[]> received, string sopInstanceUid) : IDimseService
    {
        private readonly Collector _collector = new(received);

        public IReadOnlyList<ServiceContext> Contexts => _collector.Contexts;

        public void Handle(DimseRequest request)
        {
            if (request.Command.AffectedSopInstanceUid != sopInstanceUid) _collector.Handle(request);
            // A response to what was never asked ends the association.
            else request.Respond(new CommandSet { Command = CommandField.CEchoRsp, MessageIdBeingRespondedTo = ushort.MaxValue, Status = DimseStatus.Success });
        }
    }
}
