using Microsoft.Extensions.Logging.Abstractions;
using Pacs.Storage.Hosting;

namespace Pacs.TestKit.Processes;

/// <summary>
/// The private PostgreSQL of a server that was never used, with all its tables: a copy spares each server under test the
/// seconds that making one takes. All copies are of one archive, so that of two servers that meet one has to make its own.
/// </summary>
internal static class PreparedIndex
{
    private const string Prefix = "prepared-", Folder = "postgres";

    private static readonly Lazy<Task<string>> Made = new(MakeAsync);

    /// <summary>Puts it into a data folder that is not there yet.</summary>
    public static async Task CopyToAsync(string dataFolder)
    {
        var prepared = await Made.Value;
        Directory.CreateDirectory(dataFolder);
        (await ExternalProcess.RunAsync("cp", ["-a", Path.Combine(prepared, Folder), dataFolder])).EnsureSucceeded();
    }

    /// <summary>Once for each build.</summary>
    private static async Task<string> MakeAsync()
    {
        Directory.CreateDirectory(RepositoryPaths.Kept);
        var prepared = Path.Combine(RepositoryPaths.Kept, $"{Prefix}{typeof(PacsDatabase).Assembly.ManifestModule.ModuleVersionId:N}");
        await using var turn = await TurnAsync(Path.Combine(RepositoryPaths.Kept, Prefix + "lock"));
        if (Directory.Exists(prepared)) return prepared;
        // Those of former builds; not one that others may be copying.
        foreach (var former in new DirectoryInfo(RepositoryPaths.Kept).EnumerateDirectories(Prefix + "*").Where(d => d.CreationTimeUtc < DateTime.UtcNow.AddHours(-1))) former.Delete(recursive: true);
        var draft = prepared + ".new";
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        var database = new PacsDatabase(new PacsOptions { DataFolder = draft }, NullLoggerFactory.Instance);
        await database.StartAsync(CancellationToken.None);
        await database.DisposeAsync();
        Directory.Move(draft, prepared);
        return prepared;
    }

    private static async Task<FileStream> TurnAsync(string file)
    {
        FileStream? held = null;
        await Eventually.TrueAsync(() =>
        {
            try
            {
                held = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return true;
            }
            catch (IOException)
            {
                // Another process is at it.
                return false;
            }
        });
        return held!;
    }
}
