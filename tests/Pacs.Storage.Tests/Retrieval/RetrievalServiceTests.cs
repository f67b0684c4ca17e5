using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Tests.Queries;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Retrieval;

/// <summary>What was stored comes out again: whole, in other native syntaxes, frame by frame.</summary>
public sealed class RetrievalServiceTests(QueryArchive archive) : IClassFixture<QueryArchive>
{
    private RetrievalService Retrieval => archive.Process.Get<RetrievalService>();

    [Fact]
    public async Task Select_EachLevel_FindsInOrder()
    {
        var options = SampleOptions.Fresh() with { Rows = 4, Columns = 4 };
        var samples = SampleObjects.Study(2, 3, options);
        foreach (var sample in samples.Reverse()) archive.Store(sample);
        string[] all = [.. samples.Select(s => s.SopInstanceUid)];

        Assert.Equal(all, Uids(await SelectAsync(new() { StudyInstanceUids = [samples[0].StudyInstanceUid] })));
        Assert.Equal(all, Uids(await SelectAsync(new() { PatientIds = [samples[0].PatientId] })));
        Assert.Equal(all[3..], Uids(await SelectAsync(new() { StudyInstanceUids = [samples[0].StudyInstanceUid], SeriesInstanceUids = [samples[3].SeriesInstanceUid] })));
        Assert.Equal([all[1], all[5]], Uids(await SelectAsync(new() { SopInstanceUids = [all[5], all[1], "1.2.3"] })));
        Assert.Empty(await SelectAsync(new() { StudyInstanceUids = ["1.2.3"], SopInstanceUids = [all[0]] }));
        Assert.Empty(await SelectAsync(new() { PatientIds = [""] }));
        await Assert.ThrowsAsync<ArgumentException>(() => SelectAsync(new()));
    }

    [Fact]
    public async Task Select_MoreThanABatch_KeepsTheOrder()
    {
        var options = SampleOptions.Fresh() with { Rows = 1, Columns = 1 };
        var samples = SampleObjects.Study(1, 300, options);
        Parallel.ForEach(samples, s => archive.Store(s));
        var selector = new InstanceSelector { StudyInstanceUids = [samples[0].StudyInstanceUid] };
        Assert.Equal(samples.Select(s => s.SopInstanceUid), Uids(await SelectAsync(selector)));

        var headers = new List<string?>();
        await foreach (var (instance, header) in Retrieval.ReadHeadersAsync(selector, CancellationToken.None))
        {
            Assert.Equal(instance.SopInstanceUid, header.GetString(Tags.SOPInstanceUID));
            headers.Add(header.GetString(Tags.InstanceNumber));
        }
        Assert.Equal(Enumerable.Range(1, 300).Select(n => $"{n}"), headers);
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2")]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2.2")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    public async Task OpenDataset_NativeSyntax_ComesInEveryOther(string stored)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(stored) });
        var instance = await StoreAsync(sample);
        Assert.Equal(stored, instance.TransferSyntax.Uid);
        Assert.Equal(sample.ToDatasetBytes(), ReadAll(Retrieval.OpenDataset(instance, instance.TransferSyntax)));
        foreach (var wanted in new[] { TransferSyntaxRegistry.ImplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrBigEndian, TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian })
        {
            Assert.True(Retrieval.CanServe(instance, wanted));
            var served = DatasetReader.Read(ReadAll(Retrieval.OpenDataset(instance, wanted)), wanted, new() { MaxInlineValueLength = int.MaxValue });
            Assert.Equal(sample.Dataset.GetString(Tags.PatientName), served.GetString(Tags.PatientName));
            Assert.Equal(sample.Dataset.GetString(Tags.Rows), served.GetString(Tags.Rows));
        }
    }

    [Fact]
    public async Task OpenDataset_EncapsulatedSyntax_ComesOnlyAsStored()
    {
        var sample = SampleObjects.Encapsulated(SampleOptions.Fresh());
        var instance = await StoreAsync(sample);
        Assert.Equal(sample.ToDatasetBytes(), ReadAll(Retrieval.OpenDataset(instance, instance.TransferSyntax)));
        Assert.False(Retrieval.CanServe(instance, TransferSyntaxRegistry.ExplicitVrLittleEndian));
        Assert.Throws<NotSupportedException>(() => Retrieval.OpenDataset(instance, TransferSyntaxRegistry.ExplicitVrLittleEndian));
    }

    [Fact]
    public async Task OpenBlob_IsThePart10File()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var instance = await StoreAsync(sample);
        using var blob = Retrieval.OpenBlob(instance);
        Assert.Equal(instance.BlobLength, blob.Length);
        var bytes = new byte[blob.Length];
        for (var read = 0; read < bytes.Length;) read += blob.Read(read, bytes.AsSpan(read));
        Assert.Equal("DICM"u8.ToArray(), bytes[128..132]);
        Assert.Equal(sample.ToDatasetBytes(), bytes[instance.DatasetOffset..]);
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2")]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2.2")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    public async Task FindFrame_Native_IsTheStoredPixels(string stored)
    {
        var sample = SampleObjects.MultiFrame(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(stored), Frames = 5 });
        var instance = await StoreAsync(sample);
        // Values of a data set in memory are little endian, whatever it is written in.
        var pixels = ((ValueElement)sample.Dataset[Tags.PixelData]!).Value.ToArray();
        var size = pixels.Length / 5;
        for (var frame = 1; frame <= 5; frame++)
            Assert.Equal(pixels[((frame - 1) * size)..(frame * size)], await ReadFrameAsync(instance, frame));
        var frames = await Retrieval.ReadFramesAsync(instance, CancellationToken.None);
        foreach (var none in new[] { -1, 0, 6, int.MaxValue }) Assert.Null(frames.Find(none));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, true)]
    [InlineData(3, false)]
    public async Task FindFrame_Encapsulated_IsTheStoredFragments(int fragmentsPerFrame, bool hasOffsetTable)
    {
        var sample = SampleObjects.Encapsulated(SampleOptions.Fresh() with { Frames = 4, FragmentsPerFrame = fragmentsPerFrame, HasOffsetTable = hasOffsetTable });
        var instance = await StoreAsync(sample);
        var fragments = ((FragmentsElement)sample.Dataset[Tags.PixelData]!).Fragments.Skip(1).Select(f => f.ToArray()).ToList();
        for (var frame = 1; frame <= 4; frame++)
            Assert.Equal(fragments.Skip((frame - 1) * fragmentsPerFrame).Take(fragmentsPerFrame).SelectMany(f => f), await ReadFrameAsync(instance, frame));
        Assert.Null((await Retrieval.ReadFramesAsync(instance, CancellationToken.None)).Find(5));
        var all = await Retrieval.FindBulkDataAsync(instance, "7FE00010", CancellationToken.None);
        Assert.Equal(fragments.SelectMany(f => f), Read(instance, all!.Location));
    }

    [Fact]
    public async Task FindBulkData_ByPath_IsTheValue()
    {
        var lut = new byte[100_000];
        new Random(1).NextBytes(lut);
        foreach (var syntax in new[] { TransferSyntaxRegistry.ExplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrBigEndian, TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian })
        {
            var instance = await StoreAsync(SampleObjects.Ct(SampleOptions.Fresh() with
            {
                TransferSyntax = syntax,
                Customize = d => d.Set(Tags.ModalityLUTSequence, new DicomDataset().Set(Tags.LUTExplanation, "none"), new DicomDataset().Set(new ValueElement(Tags.LUTData, Vr.OW, lut))),
            }));
            var value = await Retrieval.FindBulkDataAsync(instance, "00283000/1/00283006", CancellationToken.None);
            Assert.Equal(lut, Read(instance, value!.Location));
            Assert.Equal(lut[4321..9876], Read(instance, value.Location.Slice(4321, 9876 - 4321)));
            foreach (var wrong in new[] { "", "x", "00283000", "00283000/0/00283006", "00283000/2/00283006", "00283000/-1/00283006", "00283000/1/00283003", "00283000/1", "/", "00283000//00283006", "00100010" })
                Assert.Null(await Retrieval.FindBulkDataAsync(instance, wrong, CancellationToken.None));
        }
    }

    [Fact]
    public async Task ReadHeader_LongHeader_ComesFromTheBlob()
    {
        using var small = archive.StartAnother(("Pacs:Storage:MaxHeaderBytes", "1024"));
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Set(Tags.PatientComments, new string('x', 5000)) });
        using (var session = small.Get<Pacs.Storage.Ingest.IngestService>().Begin(new(sample.TransferSyntax, new("Test"))))
        {
            session.Write(sample.ToDatasetBytes());
            Assert.True(session.Complete().IsSuccess);
        }
        var instance = Assert.Single(await SelectAsync(new() { SopInstanceUids = [sample.SopInstanceUid] }));
        var header = await Retrieval.ReadHeaderAsync(instance, CancellationToken.None);
        Assert.Equal(5000, header.GetString(Tags.PatientComments)!.Length);
        Assert.IsType<BulkElement>(header[Tags.PixelData]);
    }

    [Fact]
    public async Task GetVersion_Changes_WithWhatItIsOf()
    {
        var options = SampleOptions.Fresh() with { Rows = 4, Columns = 4 };
        var first = SampleObjects.Ct(options);
        await StoreAsync(first);
        InstanceSelector study = new() { StudyInstanceUids = [first.StudyInstanceUid] }, series = study with { SeriesInstanceUids = [first.SeriesInstanceUid] }, instance = series with { SopInstanceUids = [first.SopInstanceUid] };
        var before = await VersionsAsync();
        Assert.Equal(before, await VersionsAsync());
        await StoreAsync(SampleObjects.Ct(options with { InstanceNumber = 2 }));
        var after = await VersionsAsync();
        Assert.NotEqual(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
        Assert.Equal(before[2], after[2]);
        archive.Store(SampleObjects.Ct(options with { Customize = d => d.Set(Tags.KVP, "80") }));
        var replaced = await VersionsAsync();
        foreach (var i in new[] { 0, 1, 2 }) Assert.NotEqual(after[i], replaced[i]);
        Assert.Null(await Retrieval.GetVersionAsync(new() { StudyInstanceUids = ["1.2.3"] }, CancellationToken.None));

        async Task<string?[]> VersionsAsync() =>
            [await Retrieval.GetVersionAsync(study, default), await Retrieval.GetVersionAsync(series, default), await Retrieval.GetVersionAsync(instance, default)];
    }

    [Fact]
    public async Task OpenBlob_BlobGone_SaysSo()
    {
        var instance = await StoreAsync(SampleObjects.Ct(SampleOptions.Fresh()));
        archive.Process.Get<Pacs.Storage.Blobs.IBlobStore>().Delete(instance.BlobKey);
        Assert.Equal(instance.BlobKey, Assert.Throws<BlobMissingException>(() => Retrieval.OpenBlob(instance)).BlobKey);
        Assert.Throws<BlobMissingException>(() => Retrieval.OpenDataset(instance, instance.TransferSyntax));
    }

    [Fact]
    public async Task WasDeleted_TellsGoneFromNeverThere()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);
        InstanceSelector selector = new() { StudyInstanceUids = [sample.StudyInstanceUid] };
        Assert.False(await Retrieval.WasDeletedAsync(selector, CancellationToken.None));
        await archive.Process.Get<Pacs.Storage.Maintenance.Deletion>().DeleteAsync(sample.StudyInstanceUid, null, null, CancellationToken.None);
        Assert.True(await Retrieval.WasDeletedAsync(selector, CancellationToken.None));
        Assert.Empty(await SelectAsync(selector));
    }

    private async Task<StoredInstance> StoreAsync(SampleObject sample)
    {
        archive.Store(sample);
        return Assert.Single(await SelectAsync(new() { SopInstanceUids = [sample.SopInstanceUid] }));
    }

    private async Task<List<StoredInstance>> SelectAsync(InstanceSelector selector)
    {
        var instances = new List<StoredInstance>();
        await foreach (var instance in Retrieval.SelectAsync(selector, CancellationToken.None)) instances.Add(instance);
        return instances;
    }

    private async Task<byte[]> ReadFrameAsync(StoredInstance instance, int frame)
    {
        var location = (await Retrieval.ReadFramesAsync(instance, CancellationToken.None)).Find(frame);
        Assert.NotNull(location);
        return Read(instance, location);
    }

    private byte[] Read(StoredInstance instance, FrameLocation location)
    {
        using var reader = Retrieval.OpenBulkData(instance);
        var bytes = ReadAll(reader.Open(location));
        Assert.Equal(location.Length, bytes.Length);
        return bytes;
    }

    /// <summary>In odd steps, so that units and ranges are cut anywhere.</summary>
    private static byte[] ReadAll(Stream stream)
    {
        using (stream)
        {
            var bytes = new MemoryStream();
            var buffer = new byte[4096];
            var step = 0;
            for (int n; (n = stream.Read(buffer, 0, 1 + step++ * 37 % 4096)) > 0;) bytes.Write(buffer, 0, n);
            return bytes.ToArray();
        }
    }

    private static IEnumerable<string> Uids(IEnumerable<StoredInstance> instances) => instances.Select(i => i.SopInstanceUid);
}
