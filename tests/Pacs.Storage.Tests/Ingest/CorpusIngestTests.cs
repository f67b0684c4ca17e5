using Pacs.Storage.Ingest;
using Pacs.Storage.Maintenance;
using Pacs.TestKit;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.Storage.Tests.Ingest;

public sealed class CorpusIngestTests(PostgresFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task StoreFile_EveryFileOfTheCorpus_IsKeptByteForByteOrRefusedWithAReason()
    {
        using var process = fixture.StartProcess();
        var (stored, refused) = (0, 0);
        foreach (var file in Corpus.Files(output.WriteLine))
        {
            var bytes = await File.ReadAllBytesAsync(file.FullPath);
            var result = await process.StoreFile(bytes);
            if (!result.IsSuccess)
            {
                refused++;
                output.WriteLine($"refused {file.Path}: {result.Outcome} {result.Message}");
                Assert.NotEqual("", result.Message);
                Assert.True(result.Outcome is IngestOutcome.NotUnderstood or IngestOutcome.IdentifierMissing, $"{file.Path}: {result.Outcome}");
                continue;
            }
            stored++;
            if (result.Outcome is IngestOutcome.KeptExisting) continue;
            Assert.True(bytes.AsSpan().EndsWith(fixture.StoredDataset(result.SopInstanceUid!)), file.Path);
        }
        output.WriteLine($"{stored} stored, {refused} refused.");
        if (stored == 0) return;
        var before = fixture.Query("SELECT count(*) FROM instances");
        Assert.Equal(0, (await process.Get<Reindex>().RunAsync(null, default)).Failed);
        Assert.Equal(before, fixture.Query("SELECT count(*) FROM instances"));
    }
}
