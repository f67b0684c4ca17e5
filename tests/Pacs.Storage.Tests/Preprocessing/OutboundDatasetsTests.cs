using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Preprocessing;

public sealed class OutboundDatasetsTests : IClassFixture<PostgresFixture>, IDisposable
{
    private static readonly DatasetLimits Everything = new() { KeepBulkData = true, MaxInlineTotal = 1L << 30 };
    private readonly PostgresFixture _postgres;
    private readonly StorageProcess _process;

    public OutboundDatasetsTests(PostgresFixture postgres) => (_postgres, _process) = (postgres, postgres.StartProcess());

    private static readonly TransferSyntax[] Native =
    [
        TransferSyntaxRegistry.ImplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrBigEndian, TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian,
    ];

    public static TheoryData<string> Syntaxes => [.. Native.Select(s => s.Uid)];

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public async Task Open_ChangedObject_DiffersInTheChangeAlone(string uid)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(uid);
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = syntax, Rows = 300, Columns = 300, Customize = WithIcon });
        Assert.True(_process.Store(sample).IsSuccess);
        var before = _postgres.StoredDataset(sample.SopInstanceUid);
        foreach (var wanted in Native)
        {
            var sent = await SendAsync(sample.SopInstanceUid, wanted);
            Assert.Equal("Changed", sent.GetString(Tags.PatientName));
            sent.Remove(Tags.OriginalAttributesSequence);
            var expected = DatasetReader.Read(sample.ToDatasetBytes(), syntax, Everything).Set(Tags.PatientName, "Changed");
            Assert.Equal(DatasetWriter.ToArray(expected, TransferSyntaxRegistry.ImplicitVrLittleEndian), Plain(sent));
        }
        Assert.Equal(before, _postgres.StoredDataset(sample.SopInstanceUid));
    }

    [Fact]
    public async Task Open_EncapsulatedObject_KeepsFragmentsAndOffsetTable()
    {
        var sample = SampleObjects.Encapsulated(SampleOptions.Fresh() with { Frames = 3, FragmentsPerFrame = 2, HasOffsetTable = true, Rows = 200, Columns = 200 });
        Assert.True(_process.Store(sample).IsSuccess);
        var sent = await SendAsync(sample.SopInstanceUid, sample.TransferSyntax);
        var fragments = Assert.IsType<FragmentsElement>(sent[Tags.PixelData]).Fragments;
        var expected = Assert.IsType<FragmentsElement>(sample.Dataset[Tags.PixelData]).Fragments;
        Assert.Equal(expected.Select(f => Convert.ToHexString(f.Span)), fragments.Select(f => Convert.ToHexString(f.Span)));
        Assert.Equal("Changed", sent.GetString(Tags.PatientName));
    }

    [Fact]
    public async Task Open_WithoutChanges_IsWhatIsStored()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        _process.Store(sample);
        var instance = await FindAsync(sample.SopInstanceUid);
        foreach (var changes in new[] { null, Changes(new AttributeChange { Attribute = "PatientName", Value = "{PatientName}" }) })
        {
            using var stream = _process.Get<OutboundDatasets>().Open(instance, sample.TransferSyntax, changes);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            Assert.Equal(sample.ToDatasetBytes(), copy.ToArray());
        }
    }

    public void Dispose() => _process.Dispose();

    /// <summary>A bulk value within a sequence, and group lengths.</summary>
    private static void WithIcon(DicomDataset dataset) =>
        dataset.Set(Tags.IconImageSequence, new DicomDataset().Set(Tags.Rows, 200).Set(Tags.Columns, 200).Set(new ValueElement(Tags.PixelData, Vr.OW, new byte[200_000])));

    /// <summary>As one encoding has it, whatever lengths of sequences are defined.</summary>
    private static byte[] Plain(DicomDataset dataset) => DatasetWriter.ToArray(Defined(dataset), TransferSyntaxRegistry.ImplicitVrLittleEndian);

    private static DicomDataset Defined(DicomDataset dataset)
    {
        var copy = new DicomDataset();
        foreach (var element in dataset) copy.Set(element is SequenceElement sequence ? new SequenceElement(sequence.Tag, [.. sequence.Items.Select(Defined)]) : element);
        return copy;
    }

    private static AttributeChanges Changes(params AttributeChange[] changes) => AttributeChanges.Read(changes, "PACS", "c", new List<string>());

    private async Task<DicomDataset> SendAsync(string uid, TransferSyntax wanted)
    {
        using var stream = _process.Get<OutboundDatasets>().Open(await FindAsync(uid), wanted, Changes(new AttributeChange { Attribute = "PatientName", Value = "Changed" }));
        return DatasetReader.Read(stream, wanted, Everything);
    }

    private async Task<StoredInstance> FindAsync(string uid)
    {
        await foreach (var instance in _process.Get<RetrievalService>().SelectAsync(new InstanceSelector { SopInstanceUids = [uid] }, default)) return instance;
        throw new InvalidOperationException("It is not there.");
    }
}
