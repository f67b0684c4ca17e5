using Microsoft.AspNetCore.Http;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Gateway;

/// <summary>Files that are at an archive are read as if they were here: from their first byte on, by all at once, and never another or a shorter one.</summary>
public sealed class ArchiveFetchTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private StorageProcess _process = null!;
    private ScriptedDicomWeb _archive = null!;
    private string _cache = "";

    public async Task InitializeAsync() => (_process, _archive) = (fixture.StartProcess(), await ScriptedDicomWeb.StartAsync());

    public async Task DisposeAsync()
    {
        _process.Dispose();
        await _archive.DisposeAsync();
    }

    [Fact]
    public async Task Open_WhileItArrives_ReadsWhatIsThereAndSharesOneFetch()
    {
        var (sample, instance) = await GivenUpAsync(size: 1024);
        var go = new TaskCompletionSource();
        var file = sample.ToPart10();
        _archive.Then(async context =>
        {
            context.Response.ContentType = "application/dicom";
            await context.Response.Body.WriteAsync(file.AsMemory(0, file.Length / 2));
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.Body.WriteAsync(file.AsMemory(file.Length / 2));
            return true;
        });
        using var first = Retrieval.OpenBlob(instance);
        using var second = Retrieval.OpenBlob(instance);
        Assert.Equal(instance.BlobLength, first.Length);
        // Half of it is read while the other half has not been sent.
        await first.WaitAsync(instance.DatasetOffset + (file.Length / 4), default);
        Assert.True(first.Read(0, new byte[1000]) > 0);
        var last = second.WaitAsync(instance.BlobLength - 1, default).AsTask();
        Assert.False(last.IsCompleted);
        go.SetResult();
        await last;
        Assert.Equal(sample.ToDatasetBytes(), ReadAll(first)[instance.DatasetOffset..]);
        Assert.Equal(ReadAll(first), ReadAll(second));
        // The third comes from the cache.
        using var third = Retrieval.OpenBlob(instance);
        Assert.Equal(ReadAll(first), ReadAll(third));
        Assert.Equal(1, Fetches(sample));
    }

    [Fact]
    public async Task Open_ArchiveBreaksOffOnce_GoesOnWhereItWas()
    {
        var (sample, instance) = await GivenUpAsync();
        _archive.Then(context => BreakOffAsync(context, sample));
        using var blob = Retrieval.OpenBlob(instance);
        Assert.Equal(sample.ToDatasetBytes(), ReadAll(blob)[instance.DatasetOffset..]);
        Assert.Equal(2, Fetches(sample));
    }

    [Fact]
    public async Task Open_ArchiveAlwaysBreaksOff_FailsAndNeverEndsEarly()
    {
        var (sample, instance) = await GivenUpAsync();
        _archive.Intercept = context => BreakOffAsync(context, sample);
        using (var blob = Retrieval.OpenBlob(instance)) Assert.Throws<BlobMissingException>(() => ReadAll(blob));
        // What failed is not remembered: the next reader asks anew.
        _archive.Intercept = _ => Task.FromResult(false);
        using var again = Retrieval.OpenBlob(instance);
        Assert.Equal(sample.ToDatasetBytes(), ReadAll(again)[instance.DatasetOffset..]);
    }

    [Fact]
    public async Task Open_ArchiveHasOtherBytes_HoldsTheLastOneBack()
    {
        var (sample, instance) = await GivenUpAsync();
        var other = sample.ToPart10();
        other[^2] ^= 1;
        _archive.Add(other);
        using var blob = Retrieval.OpenBlob(instance);
        var fault = Assert.Throws<BlobMissingException>(() => blob.Read(instance.BlobLength - 1, new byte[1]));
        Assert.Contains("other bytes", fault.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ArchiveHasItNoMore_Fails()
    {
        var (_, instance) = await GivenUpAsync();
        _archive.Intercept = context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.FromResult(true);
        };
        using var blob = Retrieval.OpenBlob(instance);
        Assert.Throws<BlobMissingException>(() => blob.Read(instance.BlobLength - 1, new byte[1]));
    }

    [Fact]
    public async Task Cache_MoreThanItsLimit_LetsTheLeastUsedGo()
    {
        _process.Dispose();
        _process = fixture.StartProcess(("Pacs:Gateway:CacheBytes", "1000000"), ("Pacs:Gateway:CacheFolder", Path.Combine(fixture.DataFolder, "small")));
        var cache = _process.Get<BlobCache>();
        for (var i = 0; i < 40; i++)
        {
            var (sample, instance) = await GivenUpAsync(size: 150);
            using var blob = Retrieval.OpenBlob(instance);
            Assert.Equal(sample.ToDatasetBytes(), ReadAll(blob)[instance.DatasetOffset..]);
        }
        // The last fetch may still be on its way into the cache.
        await Eventually.TrueAsync(() => cache.Measure() is { Files: > 5, Bytes: > 300_000 and <= 1_000_000 });
    }

    /// <summary>Who has a file open reads it to its end, whatever goes from the cache meanwhile; who opens it afterwards has it fetched again.</summary>
    [Fact]
    public async Task Cache_LetsAFileGoUnderItsReader_WhoReadsOn()
    {
        Restart(("Pacs:Gateway:CacheBytes", "1000000"));
        var (sample, instance) = await GivenUpAsync(size: 150);
        using (var first = Retrieval.OpenBlob(instance)) Assert.Equal(sample.ToDatasetBytes(), ReadAll(first)[instance.DatasetOffset..]);
        await Eventually.TrueAsync(() => _process.Get<BlobCache>().Measure().Files == 1);
        using var reader = Retrieval.OpenBlob(instance);
        Assert.True(reader.Read(0, new byte[100]) > 0);
        Directory.Delete(_cache, recursive: true);

        Assert.Equal(sample.ToDatasetBytes(), ReadAll(reader)[instance.DatasetOffset..]);
        Assert.Equal(1, Fetches(sample));
        using var again = Retrieval.OpenBlob(instance);
        Assert.Equal(ReadAll(reader), ReadAll(again));
        Assert.Equal(2, Fetches(sample));
    }

    [Fact]
    public async Task Cache_OneIsReadAgainAndAgain_OthersGoBeforeIt()
    {
        Restart(("Pacs:Gateway:CacheBytes", "1000000"));
        var (used, instance) = await GivenUpAsync(size: 150);
        for (var i = 0; i < 40; i++)
        {
            using (var blob = Retrieval.OpenBlob(instance)) Assert.Equal(used.ToDatasetBytes(), ReadAll(blob)[instance.DatasetOffset..]);
            await Eventually.TrueAsync(() => !Directory.EnumerateFiles(_cache, "*.part").Any());
            // As if each had last been read an hour ago, and this one now.
            foreach (var file in Directory.EnumerateFiles(_cache, "*.dcm", SearchOption.AllDirectories)) File.SetLastAccessTimeUtc(file, DateTime.UtcNow.AddHours(-1));
            using (var blob = Retrieval.OpenBlob(instance)) Assert.True(blob.Length > 0);
            var (_, other) = await GivenUpAsync(size: 150);
            using (var blob = Retrieval.OpenBlob(other)) _ = ReadAll(blob);
            await Eventually.TrueAsync(() => !Directory.EnumerateFiles(_cache, "*.part").Any());
        }
        Assert.Equal(1, Fetches(used));
    }

    /// <summary>Of objects that were never here the cache is the only place: what it lets go before its turn is fetched again.</summary>
    [Fact]
    public async Task Instances_CacheKeepsNothing_AreAllReadWhole()
    {
        Restart(("Pacs:Gateway:CacheBytes", "0"));
        var study = SampleObjects.Study(1, 12, SampleOptions.Fresh());
        foreach (var sample in study) _archive.Add(sample.ToPart10());
        var peer = GivenUpFiles.PeerOf(_archive, GatewayQuery.Archive);
        await _process.Get<PeerStore>().PutAsync(peer, default);
        var fetched = new List<StoredInstance>();
        ArchiveInstance[] wanted = [.. study.Select(s => new ArchiveInstance(peer.AeTitle, s.StudyInstanceUid, s.SeriesInstanceUid, s.SopInstanceUid))];
        await foreach (var instance in _process.Get<ArchiveInstances>().FetchAsync(wanted, default)) fetched.Add(instance);

        foreach (var (instance, sample) in fetched.Zip(study))
        {
            using var blob = Retrieval.OpenBlob(instance);
            Assert.Equal(sample.ToDatasetBytes(), ReadAll(blob)[instance.DatasetOffset..]);
        }
        await _process.Get<PeerStore>().RemoveAsync(peer.AeTitle, default);
    }

    /// <summary>What is fetched takes no room from what is received.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_DiskHasNoMoreThanItsReserve_FailsAndLeavesNothing(bool isKnownHere)
    {
        var (sample, instance) = await GivenUpAsync();
        Restart(("Pacs:Storage:ReserveBytes", $"{long.MaxValue / 2}"));
        if (isKnownHere)
        {
            using var blob = Retrieval.OpenBlob(instance);
            Assert.Throws<BlobMissingException>(() => blob.Read(instance.BlobLength - 1, new byte[1]));
        }
        else
        {
            var peer = (await _process.Get<PeerStore>().ListGatewaysAsync(default)).First(p => p.Web!.Url == _archive.DicomWeb.ToString().TrimEnd('/'));
            Assert.Null(await _process.Get<ArchiveInstances>().FetchAsync(new ArchiveInstance(peer.AeTitle, sample.StudyInstanceUid, sample.SeriesInstanceUid, sample.SopInstanceUid), default));
        }
        await Eventually.TrueAsync(() => !Directory.EnumerateFileSystemEntries(_cache).Any());
    }

    /// <summary>As another process, with a cache of its own.</summary>
    private void Restart((string, string) setting)
    {
        _process.Dispose();
        _cache = Path.Combine(fixture.DataFolder, $"cache-{Guid.NewGuid():N}");
        _process = fixture.StartProcess(setting, ("Pacs:Gateway:CacheFolder", _cache));
    }

    private RetrievalService Retrieval => _process.Get<RetrievalService>();

    private int Fetches(SampleObject sample) => _archive.Exchanges.Count(e => e.Method == "GET" && e.PathAndQuery.EndsWith(sample.SopInstanceUid, StringComparison.Ordinal));

    private static async Task<bool> BreakOffAsync(HttpContext context, SampleObject sample)
    {
        if (context.Request.Method != "GET") return false;
        var file = sample.ToPart10();
        context.Response.ContentType = "application/dicom";
        await context.Response.Body.WriteAsync(file.AsMemory(0, file.Length - 100));
        await context.Response.Body.FlushAsync();
        context.Abort();
        return true;
    }

    private async Task<(SampleObject Sample, StoredInstance Instance)> GivenUpAsync(int size = 64)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { Rows = size, Columns = size });
        Assert.True(_process.Store(sample).IsSuccess);
        await GivenUpFiles.GiveUpAsync(_process.Get<PeerStore>(), _process.Get<GatewayStore>(), _process.Get<GatewayRemoval>(), fixture, _archive, GatewayQuery.Local, sample);
        await foreach (var instance in Retrieval.SelectAsync(InstanceSelector.Of(null, null, sample.SopInstanceUid), default))
        {
            Assert.True(instance.IsRemote);
            return (sample, instance);
        }
        throw new InvalidOperationException("It is not in the index.");
    }

    private static byte[] ReadAll(BlobReader blob)
    {
        var bytes = new byte[blob.Length];
        for (var n = 0; n < bytes.Length;)
        {
            var read = blob.Read(n, bytes.AsSpan(n));
            Assert.True(read > 0);
            n += read;
        }
        return bytes;
    }
}
