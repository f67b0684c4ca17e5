using Microsoft.Extensions.Hosting;
using Pacs.Storage.Blobs;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Settings;

namespace Pacs.Storage.Hosting;

/// <summary>First to start, last to stop: the database is there and what a crash left is cleared up before any role listens.</summary>
internal sealed class StorageStartup(PacsOptions options, PacsDatabase database, SettingsService settings, BlobFolderGuard blobs, Recovery recovery) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await database.StartAsync(cancellationToken);
        await settings.SynchroniseAsync(cancellationToken);
        await blobs.RequireAsync(cancellationToken);
        RequireOneFileSystem();
        await Task.Run(recovery.Run, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A received file gets its place by being renamed.</summary>
    private void RequireOneFileSystem()
    {
        var from = Path.Combine(options.IncomingPath, $"{Guid.NewGuid():N}.new");
        var to = Path.Combine(options.BlobPath, Path.GetFileName(from));
        try
        {
            Folders.MakePrivate(options.IncomingPath);
            Folders.MakePrivate(from);
        }
        catch (IOException)
        {
            // A full disk: what is stored can still be read.
            return;
        }
        try
        {
            Posix.Rename(from, to);
            Directory.Delete(to);
        }
        catch (IOException e)
        {
            Directory.Delete(from);
            throw new PacsStartupException($"Files cannot be moved from {options.IncomingPath} to {options.BlobPath}: Pacs:Storage:IncomingFolder has to be on the same file system as Pacs:Storage:BlobFolder. ({e.Message})", e);
        }
    }
}
