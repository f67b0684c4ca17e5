using System.Text.Json;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.Storage.Settings;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Settings;

/// <summary>Index and files stay together, wherever the files go.</summary>
public sealed class BlobFolderGuardTests : IDisposable
{
    private const string Name = "Pacs:Storage:BlobFolder";

    private readonly PostgresFixture _postgres = new();
    private readonly TemporaryFolder _elsewhere = new();

    private string Former => Path.Combine(_postgres.DataFolder, "blobs");
    private string Target => Path.Combine(_elsewhere.Path, "blobs");

    public void Dispose()
    {
        _elsewhere.Dispose();
        _postgres.Dispose();
    }

    [Fact]
    public async Task Change_EmptyArchive_MayGoToAnEmptyFolder()
    {
        using (var process = _postgres.StartProcess()) await MoveAsync(process);
        using var moved = _postgres.StartProcess();
        Store(moved);
        Assert.NotEmpty(Directory.GetDirectories(Target, "2*"));
    }

    [Fact]
    public async Task Change_ToAFolderWithoutTheFiles_IsRefused()
    {
        using var process = _postgres.StartProcess();
        Store(process);
        Assert.Contains(Former, (await Assert.ThrowsAsync<SettingsRefusedException>(() => MoveAsync(process))).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Target);
        ArchiveMark.Write(Target, Guid.NewGuid());
        await Assert.ThrowsAsync<SettingsRefusedException>(() => MoveAsync(process));
    }

    [Fact]
    public async Task Change_ToACopy_IsInForceAfterARestartIfAllOfItIsThere()
    {
        using (var process = _postgres.StartProcess())
        {
            Store(process);
            Copy();
            await MoveAsync(process);
            // It goes on where it was, until it is started again.
            Store(process);
            Assert.Equal(Former, process.Get<PacsOptions>().BlobPath);
            Assert.Equal([Name], process.Get<SettingsService>().Pending);
        }
        var refused = Assert.Throws<PacsStartupException>(() => _postgres.StartProcess());
        Assert.Contains("1 of 2 files are missing", refused.Message, StringComparison.Ordinal);
        Copy();
        using var moved = _postgres.StartProcess();
        Assert.Equal(Target, moved.Get<PacsOptions>().BlobPath);
    }

    [Fact]
    public void Start_FilesOfAnotherArchive_IsRefused()
    {
        using (var process = _postgres.StartProcess()) Store(process);
        ArchiveMark.Write(Former, Guid.NewGuid());
        Assert.Contains("another archive", Assert.Throws<PacsStartupException>(() => _postgres.StartProcess()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_NewIndexOnFilesThatAreThere_TakesTheirName()
    {
        using (var process = _postgres.StartProcess()) Store(process);
        using var other = new PostgresFixture();
        Copy();
        using var process2 = other.StartProcess((Name, Target));
        Assert.Equal(ArchiveMark.Read(Former), ArchiveMark.Read(Target));
        Assert.Equal(ArchiveMark.Read(Former), other.Query("SELECT id FROM archive"));
    }

    [Fact]
    public void Start_FilesFromBeforeThereWereMarks_AreMarked()
    {
        using (var process = _postgres.StartProcess()) Store(process);
        File.Delete(Path.Combine(Former, ArchiveMark.FileName));
        using var again = _postgres.StartProcess();
        Assert.Equal(_postgres.Query("SELECT id FROM archive"), ArchiveMark.Read(Former));
    }

    private static void Store(StorageProcess process)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var session = process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("test")));
        session.Write(sample.ToDatasetBytes());
        Assert.True(session.Complete().IsSuccess);
    }

    private Task MoveAsync(StorageProcess process) =>
        process.Get<SettingsService>().ChangeAsync(new Dictionary<string, JsonElement?> { [Name] = JsonSerializer.SerializeToElement(Target) }, "", default);

    private void Copy()
    {
        foreach (var file in Directory.EnumerateFiles(Former, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Target, Path.GetRelativePath(Former, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
