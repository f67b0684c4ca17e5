using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Hosting;

public sealed class StorageFoldersTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    /// <summary>A file system of its own on every Linux.</summary>
    private const string OtherFileSystem = "/dev/shm";

    [Fact]
    public void Start_IncomingOnAnotherFileSystem_IsRefusedAsFilesWouldBeCopied()
    {
        var elsewhere = Path.Combine(OtherFileSystem, $"pacs-test-{Guid.NewGuid():N}");
        try
        {
            var fault = Assert.Throws<PacsStartupException>(() => fixture.StartProcess(("Pacs:Storage:IncomingFolder", elsewhere)));
            Assert.Contains("Pacs:Storage:IncomingFolder", fault.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
    }

    [Fact]
    public void Start_BlobFolderOnAnotherDiskThatIsLaterNotMounted_StoresThereAndThenRefusesToStart()
    {
        var elsewhere = Path.Combine(OtherFileSystem, $"pacs-test-{Guid.NewGuid():N}");
        (string, string)[] settings = [("Pacs:Storage:BlobFolder", elsewhere)];
        try
        {
            using (var process = fixture.StartProcess(settings)) Assert.Equal(IngestOutcome.Stored, process.Store(SampleObjects.Ct(SampleOptions.Fresh())).Outcome);
            using (fixture.StartProcess(settings)) Assert.Single(Directory.EnumerateFiles(elsewhere, "*.dcm", SearchOption.AllDirectories));

            Directory.Move(elsewhere, elsewhere + ".away");
            var fault = Assert.Throws<PacsStartupException>(() => fixture.StartProcess(settings));
            Assert.Contains(elsewhere, fault.Message, StringComparison.Ordinal);
            Assert.Equal(1L, fixture.Query("SELECT count(*) FROM instances"));
        }
        finally
        {
            foreach (var folder in Directory.GetDirectories(OtherFileSystem, Path.GetFileName(elsewhere) + "*")) Directory.Delete(folder, recursive: true);
        }
    }
}
