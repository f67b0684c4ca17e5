using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Ingest;
using Pacs.Storage.Maintenance;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Ingest;

public sealed class NormalizingTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private static readonly Tag PrivateCreator = new(0x00090010), PrivateValue = new(0x00091001);
    private static readonly IngestRules Normalizing = new() { NormalizeToExplicitVrLittleEndian = true };

    public static TheoryData<string> OtherNative => [Uids.ImplicitVRLittleEndian, Uids.ExplicitVRBigEndian, Uids.DeflatedExplicitVRLittleEndian];

    [Theory]
    [MemberData(nameof(OtherNative))]
    public async Task Complete_OtherNativeSyntax_IsStoredAsExplicitVrLittleEndian(string syntax)
    {
        using var process = fixture.StartProcess();
        var options = SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(syntax) };
        var sample = SampleObjects.Ct(options);
        Assert.Equal(IngestOutcome.Stored, Store(process, sample, Normalizing).Outcome);
        var bytes = DatasetWriter.ToArray(sample.Dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian);
        Assert.Equal(bytes, fixture.StoredDataset(sample.SopInstanceUid));
        Assert.Equal(Uids.ExplicitVRLittleEndian, Column(sample, "transfer_syntax_uid"));
        var pixels = (long)Column(sample, "pixel_offset");
        Assert.Equal(((ValueElement)sample.Dataset[Tags.PixelData]!).Value.ToArray(), bytes[(int)pixels..]);

        // The same again, and once more as the program left it.
        Assert.Equal(IngestOutcome.AlreadyStored, Store(process, sample, Normalizing).Outcome);
        Assert.Equal(IngestOutcome.AlreadyStored, process.Store(SampleObjects.Ct(options with { TransferSyntax = TransferSyntaxRegistry.ExplicitVrLittleEndian })).Outcome);
        Assert.Equal(0, (await process.Get<Reindex>().RunAsync(null, default)).Failed);
    }

    [Fact]
    public void Complete_SequencesInImplicitVr_KeepTheirContent()
    {
        using var process = fixture.StartProcess();
        var sample = SampleObjects.StructuredReport(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian });
        Assert.Equal(IngestOutcome.Stored, Store(process, sample, Normalizing).Outcome);
        var stored = DatasetReader.Read(fixture.StoredDataset(sample.SopInstanceUid), TransferSyntaxRegistry.ExplicitVrLittleEndian);
        Assert.Equal("Normal.\r\nNo follow-up.", stored.GetItems(Tags.ContentSequence)[1].GetString(Tags.TextValue));
        Assert.Equal("18748-4", stored.GetItems(Tags.ConceptNameCodeSequence)[0].GetString(Tags.CodeValue));
    }

    [Theory]
    [InlineData(true, Vr.UN)]
    [InlineData(false, Vr.OB)]
    public void Complete_VrNotKnown_BecomesUnOrOb(bool useUnknownVr, Vr expected)
    {
        using var process = fixture.StartProcess();
        foreach (var syntax in new[] { TransferSyntaxRegistry.ImplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrLittleEndian })
        {
            var sample = SampleObjects.Ct(SampleOptions.Fresh() with
            {
                TransferSyntax = syntax,
                Customize = d => d.Set(PrivateCreator, Vr.LO, "MAKER").Set(new ValueElement(PrivateValue, (Vr)(('Z' << 8) | 'Z'), new byte[] { 1, 2, 3, 4 })),
            });
            Assert.Equal(IngestOutcome.Stored, Store(process, sample, Normalizing with { UseUnknownVr = useUnknownVr }).Outcome);
            var stored = DatasetReader.Read(fixture.StoredDataset(sample.SopInstanceUid), TransferSyntaxRegistry.ExplicitVrLittleEndian);
            Assert.Equal(expected, stored[PrivateValue]!.Vr);
            Assert.Equal([1, 2, 3, 4], ((ValueElement)stored[PrivateValue]!).Value.ToArray());
        }
    }

    [Fact]
    public void Complete_EncapsulatedOrNotAsked_KeepsTheBytes()
    {
        using var process = fixture.StartProcess();
        var encapsulated = SampleObjects.Encapsulated(SampleOptions.Fresh());
        var plain = SampleObjects.StructuredReport(SampleOptions.Fresh());
        var implicitVr = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian });
        foreach (var (sample, rules) in new[] { (encapsulated, Normalizing), (plain, Normalizing), (implicitVr, IngestRules.Default) })
        {
            Assert.Equal(IngestOutcome.Stored, Store(process, sample, rules).Outcome);
            Assert.Equal(sample.ToDatasetBytes(), fixture.StoredDataset(sample.SopInstanceUid));
        }
    }

    [Fact]
    public void Complete_LargeObject_TakesLittleMemory()
    {
        using var process = fixture.StartProcess();
        var sample = SampleObjects.MultiFrame(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ExplicitVrBigEndian, Rows = 1024, Columns = 1024, Frames = 40 });
        var bytes = sample.ToDatasetBytes();
        using var session = process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("DIMSE")) { Rules = Normalizing });
        for (var i = 0; i < bytes.Length; i += 1 << 20) session.Write(bytes.AsSpan(i, Math.Min(1 << 20, bytes.Length - i)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(IngestOutcome.Stored, session.Complete().Outcome);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    private object Column(SampleObject sample, string name) => fixture.Query($"SELECT {name} FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'")!;

    private static IngestResult Store(StorageProcess process, SampleObject sample, IngestRules rules)
    {
        using var session = process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("DIMSE"))
        {
            SopClassUid = sample.SopClassUid,
            SopInstanceUid = sample.SopInstanceUid,
            Rules = rules,
        });
        foreach (var piece in sample.ToDatasetBytes().Chunk(5000)) session.Write(piece);
        return session.Complete();
    }
}
