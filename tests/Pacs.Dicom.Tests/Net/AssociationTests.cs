using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.Dicom.Tests.Net;

/// <summary>Listener and client with each other.</summary>
public sealed class AssociationTests
{
    private static readonly ProposedContext Ct = new(Uids.CTImageStorage, Uids.ExplicitVRLittleEndian);
    private static readonly ProposedContext Find = new(Uids.StudyRootQueryRetrieveInformationModelFind, Uids.ExplicitVRLittleEndian);
    private static readonly ProposedContext Get = new(Uids.StudyRootQueryRetrieveInformationModelGet, Uids.ExplicitVRLittleEndian);

    /// <summary>A stream that does not know its length and gives little at a time, as one that inflates or re-encodes.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 777)]);
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static ServiceContext FindContext(string transferSyntax) => new(Uids.StudyRootQueryRetrieveInformationModelFind, [transferSyntax]);

    private static DicomDataset Identifier() => new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(Tags.PatientID, "4711");

    [Theory]
    [InlineData(0, 16384)]
    [InlineData(2, 16384)]
    [InlineData(4090, 4096)]
    [InlineData(4092, 4096)]
    [InlineData(131066, 131072)]
    [InlineData(131068, 131072)]
    [InlineData(1_000_000, 4096)]
    [InlineData(3_000_000, 131072)]
    [InlineData(3_000_000, 1048576)]
    public async Task Store_AnyLengthInPdusOfAnySize_ArrivesWhole(int length, int pdu)
    {
        using var server = new TestServer(options: new AssociationListenerOptions { MaxReceivePduLength = pdu });
        using (var client = ClientAssociation.Connect(server.Options(Ct) with { MaxSendPduLength = pdu }))
        {
            var context = client.FindContexts(Uids.CTImageStorage)[0];
            Assert.Equal(pdu, client.Info.MaxSendPduLength);
            for (var i = 0; i < 3; i++)
            {
                Assert.True(client.Store(new StoreOperation(context, Uids.CTImageStorage, $"1.{i}", new MemoryStream(Noise(length)))).Status.IsSuccess);
                Assert.True(client.Store(new StoreOperation(context, Uids.CTImageStorage, $"2.{i}", new Trickle(Noise(length)))).Status.IsSuccess);
            }
        }

        Assert.Equal(6, server.Service.Stored.Count);
        Assert.All(server.Service.Stored.Values, bytes => Assert.True(bytes.AsSpan().SequenceEqual(Noise(length))));
        await server.ExpectSoundAsync();
    }

    [Fact]
    public void Store_SourceFails_AbortsAndThrowsItsException()
    {
        using var server = new TestServer();
        using var client = server.Associate(Ct);
        var source = new MemoryStream();
        source.Dispose();

        Assert.Throws<ObjectDisposedException>(() => client.Store(new StoreOperation(client.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, "1.2", source)));
        Assert.Throws<AssociationClosedException>(() => client.Store(new StoreOperation(client.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, "1.2", new MemoryStream(2))));
        Assert.Empty(server.Service.Stored);
    }

    [Fact]
    public void Handle_ThrowsBeforeReading_IsAProcessingFailureAndTheAssociationGoesOn()
    {
        var service = new TestService { Before = r => { if (r.Command.AffectedSopInstanceUid == "1.1") throw new InvalidOperationException("Broken."); } };
        using var server = new TestServer(service);
        using var client = server.Associate(Ct);
        CommandSet Store(string uid) => client.Store(new StoreOperation(client.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, uid, new MemoryStream(Noise(2_000_000))));

        var failed = Store("1.1");
        Assert.Equal(DimseStatus.ProcessingFailure, failed.Status);
        Assert.DoesNotContain("Broken", failed.ErrorComment);
        Assert.True(Store("1.2").Status.IsSuccess);
    }

    [Fact]
    public void Find_ManyAnswers_AllComeInOrder()
    {
        using var server = new TestServer();
        for (var i = 0; i < 3000; i++) server.Service.Answers.Add(new DicomDataset().Set(Tags.PatientID, $"{i}"));
        using var client = server.Associate(Find);

        var responses = client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, Identifier()).ToList();

        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"{i}"), responses.SkipLast(1).Select(r => r.Dataset!.GetString(Tags.PatientID)));
        Assert.Equal((DimseStatus.Success, (DicomDataset?)null), (responses[^1].Status, responses[^1].Dataset));
    }

    [Fact]
    public void Find_EnumerationEndsEarly_IsCancelledAndTheAssociationGoesOn()
    {
        DimseStatus? last = null;
        using var server = new TestServer(new TestService
        {
            Before = r =>
            {
                if (r.Command.Command != CommandField.CFindRq) return;
                r.ReadDataset();
                while (!r.IsCancelRequested)
                {
                    r.Respond(r.Command.Response(DimseStatus.Pending), new DicomDataset().Set(Tags.PatientID, "1"));
                    r.Flush();
                }
                last = DimseStatus.Cancel;
                throw new InvalidOperationException("Ends here.");
            },
        });
        using var client = server.Associate(Find, new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian));

        Assert.Equal(5, client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, Identifier()).Take(5).Count());
        Assert.Equal(DimseStatus.Cancel, last);
        Assert.True(client.Echo().IsSuccess);
    }

    [Fact]
    public void Get_WithRoleSelection_BringsTheObjectsOnTheSameAssociation()
    {
        using var server = new TestServer();
        for (var i = 0; i < 5; i++) server.Service.Stored[$"1.{i}"] = Noise(300_000 + (2 * i));
        var store = new TestService();
        using var client = server.Associate(Get, Ct with { AsScp = true });

        var responses = client.Get(Uids.StudyRootQueryRetrieveInformationModelGet, Identifier(), store).ToList();

        Assert.Equal(6, responses.Count);
        Assert.Equal(DimseStatus.Success, responses[^1].Status);
        Assert.Equal(5, (int)responses[^1].Command.CompletedSuboperations!.Value);
        Assert.All(server.Service.Stored, o => Assert.Equal(o.Value, store.Stored[o.Key]));
    }

    [Fact]
    public void ReadDataset_TooLong_IsATypedErrorAndTheAssociationGoesOn()
    {
        Exception? seen = null;
        using var server = new TestServer(new TestService { Before = r => { if (r.Command.HasDataset) seen = Record.Exception(() => r.ReadDataset(1000)); } });
        using var client = server.Associate(Ct);

        Assert.True(client.Store(new StoreOperation(client.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, "1.2", new MemoryStream(Noise(500_000)))).Status.IsSuccess);
        Assert.IsType<DicomFormatException>(seen);
    }

    [Theory]
    [InlineData(Uids.ImplicitVRLittleEndian)]
    [InlineData(Uids.DeflatedExplicitVRLittleEndian)]
    public void ReadDataset_LongList_IsReadWhole(string transferSyntax)
    {
        IReadOnlyList<string>? seen = null;
        string[] list = [.. Enumerable.Range(0, 3000).Select(i => $"1.2.826.0.1.3680043.8.498.1{i:D30}")];
        using var server = new TestServer(new TestService { Contexts = [FindContext(transferSyntax)], Instead = r => { seen = r.ReadDataset().GetStrings(Tags.StudyInstanceUID); r.Respond(DimseStatus.Success); } });
        using var client = server.Associate(Find with { TransferSyntaxes = [transferSyntax] });

        Assert.NotEmpty(client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, Identifier().Set(Tags.StudyInstanceUID, string.Join('\\', list))).ToList());
        Assert.Equal(list, seen);
    }

    [Fact]
    public void ReadDataset_InflatesToTooMuch_IsATypedErrorAndTheAssociationGoesOn()
    {
        Exception? seen = null;
        using var server = new TestServer(new TestService { Contexts = [FindContext(Uids.DeflatedExplicitVRLittleEndian)], Instead = r => { seen = Record.Exception(() => r.ReadDataset()); r.Respond(DimseStatus.Success); } });
        using var client = server.Associate(Find with { TransferSyntaxes = [Uids.DeflatedExplicitVRLittleEndian] });

        Assert.NotEmpty(client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, Identifier().Set(Tags.TextValue, new string('A', 2_000_000))).ToList());
        Assert.Contains("inflates", Assert.IsType<DicomFormatException>(seen).Message, StringComparison.Ordinal);
        Assert.True(client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, Identifier()).Single().Status.IsSuccess);
    }

    [Fact]
    public void ReadDataset_TooManyItems_IsATypedErrorAndTheAssociationGoesOn()
    {
        Exception? seen = null;
        using var server = new TestServer(new TestService { Instead = r => { seen = Record.Exception(() => r.ReadDataset(16 * 1024 * 1024)); r.Respond(DimseStatus.Success); } });
        using var client = server.Associate(Find);

        Assert.NotEmpty(client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, Identifier().Set(Tags.ReferencedStudySequence, Enumerable.Repeat(new DicomDataset(), 600_000).ToList())).ToList());
        Assert.IsType<DicomFormatException>(seen);
        Assert.True(client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, Identifier()).Single().Status.IsSuccess);
    }

    [Fact]
    public async Task Stop_WithAnIdleAssociation_AbortsIt()
    {
        var server = new TestServer();
        using var peer = server.Connect().Associate();
        var stopping = Task.Run(() => server.Listener.Stop(TimeSpan.FromSeconds(20)));

        Assert.Equal(AbortSource.ServiceUser, peer.Expect<AAbort>().Source);
        await stopping;
        Assert.Equal(0, server.Listener.ActiveAssociations);
    }

    [Fact]
    public async Task Stop_WithARequestUnderWay_LetsItFinish()
    {
        using var entered = new ManualResetEventSlim();
        var server = new TestServer(new TestService
        {
            Before = r =>
            {
                entered.Set();
                SpinWait.SpinUntil(() => r.IsStopping, Eventually.Patience);
            },
        });
        using var client = server.Associate();
        var echo = Task.Run(client.Echo);
        entered.Wait();

        server.Listener.Stop(TimeSpan.FromSeconds(20));

        Assert.True((await echo).IsSuccess);
        Assert.Equal(0, server.Listener.ActiveAssociations);
        Assert.ThrowsAny<AssociationException>(() => client.Echo());
    }

    [Fact]
    public async Task Parallel_Associations_EachGetTheirs()
    {
        using var server = new TestServer();
        await Parallel.ForAsync(0, 8, (i, _) =>
        {
            using var client = server.Associate(Ct);
            for (var n = 0; n < 10; n++)
                client.Store(new StoreOperation(client.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, $"{i}.{n}", new MemoryStream(Noise(1000 + (2 * ((10 * i) + n))))));
            return ValueTask.CompletedTask;
        });

        Assert.Equal(80, server.Service.Stored.Count);
        Assert.All(server.Service.Stored, o => Assert.Equal(Noise(o.Value.Length), o.Value));
        await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
    }
}
