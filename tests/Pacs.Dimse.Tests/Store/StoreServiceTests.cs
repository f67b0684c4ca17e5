using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Store;

public sealed class StoreServiceTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    [Fact]
    public async Task Echo_Dcmtk_Succeeds() => (await Dcmtk.EchoScuAsync(server.Address)).EnsureSucceeded();

    [Fact]
    public void Store_OneOfEachKind_KeepsTheBytes()
    {
        var samples = SampleObjects.OneOfEach(SampleOptions.Fresh());
        server.Store(samples);
        foreach (var sample in samples) Assert.Equal(sample.ToDatasetBytes(), ReadStored(sample));
    }

    [Fact]
    public async Task Store_Dcmtk_IsFoundAgain()
    {
        using var folder = new TemporaryFolder();
        var samples = SampleObjects.Study(2, 3, SampleOptions.Fresh());
        (await Dcmtk.StoreScuAsync(server.Address, samples.Select(s => s.WriteTo(folder.Path)))).EnsureSucceeded();
        foreach (var sample in samples) Assert.Equal(sample.ToDatasetBytes(), ReadStored(sample));
    }

    [Fact]
    public async Task Store_DcmSendOfMixedSyntaxes_Succeeds()
    {
        using var folder = new TemporaryFolder();
        var options = SampleOptions.Fresh();
        var samples = new[]
        {
            SampleObjects.Ct(options with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian }),
            SampleObjects.Ct(options with { InstanceNumber = 2, TransferSyntax = TransferSyntaxRegistry.ExplicitVrLittleEndian }),
            SampleObjects.Encapsulated(options with { InstanceNumber = 3 }),
            SampleObjects.Encapsulated(options with { InstanceNumber = 4, TransferSyntax = TransferSyntaxRegistry.GetOrAssume(Uids.JPEG2000Lossless) }),
        };
        (await Dcmtk.DcmSendAsync(server.Address, samples.Select(s => s.WriteTo(folder.Path)), "-dn")).EnsureSucceeded();
        // dcmsend proposes native syntaxes in an order of its own, and converts; the others come as they are.
        foreach (var sample in samples)
            if (sample.TransferSyntax.IsEncapsulated) Assert.Equal(sample.TransferSyntax, Select(sample).TransferSyntax);
            else Assert.True(Select(sample).TransferSyntax.IsNative);
    }

    [Fact]
    public void Store_EveryStorageClass_IsAccepted()
    {
        foreach (var classes in SopClassRegistry.Storage.Chunk(128))
        {
            using var association = server.Connect([.. classes.Select(c => new ProposedContext(c.Uid, TransferSyntaxRegistry.ImplicitVrLittleEndian.Uid))]);
            Assert.Equal(classes.Select(c => c.Uid), association.Info.Contexts.Select(c => c.AbstractSyntax));
        }
    }

    [Fact]
    public void Store_EveryTransferSyntax_IsAcceptedAndKept()
    {
        var options = SampleOptions.Fresh();
        var samples = TransferSyntaxRegistry.All.Select((syntax, i) => syntax.IsEncapsulated
            ? SampleObjects.Encapsulated(options with { InstanceNumber = i + 1, TransferSyntax = syntax })
            : SampleObjects.Ct(options with { InstanceNumber = i + 1, TransferSyntax = syntax })).ToList();
        server.Store(samples);
        foreach (var sample in samples)
        {
            Assert.Equal(sample.TransferSyntax, Select(sample).TransferSyntax);
            Assert.Equal(sample.ToDatasetBytes(), ReadStored(sample));
        }
    }

    [Fact]
    public void Store_SeveralSyntaxesProposed_TakesTheProposersFirst()
    {
        string[] proposed = [Uids.JPEG2000Lossless, Uids.ImplicitVRLittleEndian, Uids.ExplicitVRLittleEndian];
        using var association = server.Connect(new ProposedContext(Uids.CTImageStorage, proposed));
        Assert.Equal(proposed[0], association.Info.Contexts.Single().TransferSyntax.Uid);
    }

    [Fact]
    public void Store_UidOfCommandDiffers_AnswersA900WithTheElement()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var response = TryStore(sample, sample.ToDatasetBytes(), sopInstanceUid: "1.2.3.4");
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, response.Status);
        Assert.Contains(Tags.SOPInstanceUID, response.OffendingElements);
        AssertComment(response);
    }

    [Fact]
    public void Store_WithoutStudyInstanceUid_AnswersA900WithTheElement()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Remove(Tags.StudyInstanceUID) });
        var response = TryStore(sample, sample.ToDatasetBytes());
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, response.Status);
        Assert.Contains(Tags.StudyInstanceUID, response.OffendingElements);
        AssertComment(response);
    }

    [Fact]
    public void Store_TruncatedDataset_AnswersC000AndGoesOn()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var association = server.Connect(new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid));
        var bytes = sample.ToDatasetBytes();
        var refused = DimseFixture.Store(association, sample, bytes[..^11]);
        Assert.Equal(DimseStatus.CannotUnderstand, refused.Status);
        AssertComment(refused);
        Assert.True(DimseFixture.Store(association, sample, bytes).Status.IsSuccess);
    }

    [Fact]
    public void Store_ClassThatIsNotStorage_Answers0122()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        Assert.Equal(DimseStatus.SopClassNotSupported, TryStore(sample, sample.ToDatasetBytes(), sopClassUid: Uids.Verification).Status);
    }

    [Fact]
    public void Store_TheSameAgain_Succeeds()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample, sample);
        Assert.Equal(sample.ToDatasetBytes(), ReadStored(sample));
    }

    [Fact]
    public void Store_AssociationAborted_LeavesNothing()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var association = server.Connect(new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid));
        Assert.ThrowsAny<Exception>(() => association.Store(new StoreOperation(
            association.Info.Contexts[0], sample.SopClassUid, sample.SopInstanceUid, new BreakingStream(sample.ToDatasetBytes()))));
        association.Abort();
        association.Dispose();
        server.Store(SampleObjects.Ct(SampleOptions.Fresh()));
        Assert.Empty(server.Get<RetrievalService>().SelectAsync(new InstanceSelector { SopInstanceUids = [sample.SopInstanceUid] }, default).ToBlockingEnumerable());
    }

    [Fact]
    public void Store_TenAssociationsAtOnce_AllSucceed()
    {
        var samples = Enumerable.Range(0, 10).Select(_ => SampleObjects.Study(1, 5, SampleOptions.Fresh())).ToList();
        var threads = samples.Select(s => new Thread(() => server.Store(s))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        foreach (var sample in samples.SelectMany(s => s)) Assert.NotNull(Select(sample));
    }

    [Fact]
    public void Store_CalledByAnotherTitle_KeepsTheTitleWithTheObject()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var association = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = server.Address.Host,
            Port = server.Address.Port,
            CalledAeTitle = "RESEARCH",
            CallingAeTitle = "RESEARCH_CT",
            Contexts = [new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid)],
        });
        Assert.True(DimseFixture.Store(association, sample, sample.ToDatasetBytes()).Status.IsSuccess);
        Assert.Equal("RESEARCH_CT RESEARCH", server.Postgres.Query($"SELECT calling_ae_title || ' ' || called_ae_title FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'"));
    }

    private CommandSet TryStore(SampleObject sample, byte[] bytes, string? sopClassUid = null, string? sopInstanceUid = null)
    {
        using var association = server.Connect(new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid));
        return DimseFixture.Store(association, sample, bytes, sopClassUid, sopInstanceUid);
    }

    private static void AssertComment(CommandSet response) => Assert.InRange(response.ErrorComment?.Length ?? 0, 1, 64);

    private StoredInstance Select(SampleObject sample) =>
        server.Get<RetrievalService>().SelectAsync(new InstanceSelector { SopInstanceUids = [sample.SopInstanceUid] }, default).ToBlockingEnumerable().Single();

    private byte[] ReadStored(SampleObject sample)
    {
        var instance = Select(sample);
        using var stream = server.Get<RetrievalService>().OpenDataset(instance, instance.TransferSyntax);
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Fails after the first half.</summary>
    private sealed class BreakingStream(byte[] bytes) : MemoryStream(bytes, 0, bytes.Length / 2)
    {
        public override bool CanSeek => false;
        public override int Read(byte[] buffer, int offset, int count) =>
            Position < Length ? base.Read(buffer, offset, count) : throw new IOException("The scanner was switched off.");
    }
}
