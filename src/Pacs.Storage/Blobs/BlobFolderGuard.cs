using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Hosting;
using Pacs.Storage.Settings;

namespace Pacs.Storage.Blobs;

/// <summary>
/// Sees to it that index and blob folder belong together: when the server starts, and before another folder is set. What was
/// stored in one folder is never looked for in another that does not have it.
/// </summary>
internal sealed class BlobFolderGuard(PacsOptions options, PacsDatabase database, ILogger<BlobFolderGuard> logger) : ISettingCheck
{
    /// <exception cref="PacsStartupException">They do not.</exception>
    public async Task RequireAsync(CancellationToken cancellation)
    {
        var folder = options.BlobPath;
        var (id, former, isEmpty) = await ReadAsync(cancellation);
        var mark = ArchiveMark.Read(folder);
        if (mark is { } other && other != id)
        {
            if (!isEmpty)
                throw new PacsStartupException($"{folder} holds the files of another archive than the index lists ({Path.Combine(folder, ArchiveMark.FileName)}). Mount the right disk, or set Pacs:Storage:BlobFolder to where the files are.");
            // A new index on files that are there: they keep their name.
            id = other;
        }
        if (mark is null)
        {
            // A disk that is not mounted looks like an empty folder: recovery would take its objects for lost, and new ones would go elsewhere.
            if (!isEmpty && !Directory.EnumerateDirectories(folder, "2*").Any())
                throw new PacsStartupException($"The index lists objects, but the blob folder {folder} is empty: mount its disk, or set Pacs:Storage:BlobFolder to where the files are. If they are lost, start on another database.");
            TryMark(folder, id);
        }
        if (former is not null && former != folder) await RequireAllAsync(former, folder, cancellation);
        await using var keep = database.DataSource.CreateCommand("UPDATE archive SET id = $1, blob_folder = $2 WHERE (id, blob_folder) IS DISTINCT FROM ($1, $2)");
        keep.Parameters.Add(new() { Value = id });
        keep.Parameters.Add(new() { Value = folder });
        await keep.ExecuteNonQueryAsync(cancellation);
    }

    public async Task<IReadOnlyList<string>> FaultsAsync(PacsOptions now, PacsOptions next, CancellationToken cancellation)
    {
        const string name = $"{PacsOptions.Section}:{nameof(PacsOptions.Storage)}:{nameof(StorageOptions.BlobFolder)}";
        var folder = next.BlobPath;
        if (folder == now.BlobPath) return [];
        if (next.Storage.BlobFolder is { } said && !Path.IsPathFullyQualified(said)) return [$"{name}: a path from the root."];
        var (id, _, isEmpty) = await ReadAsync(cancellation);
        if (isEmpty && (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any())) return [];
        return Directory.Exists(folder) && ArchiveMark.Read(folder) == id ? []
            : [$"{name}: {folder} does not hold this archive's files. Copy {now.BlobPath} there with all that is in it (rsync -a), set it, and copy once more between stopping and starting."];
    }

    /// <summary>Once, when the folder is another than before: a look at each file takes microseconds.</summary>
    private async Task RequireAllAsync(string former, string folder, CancellationToken cancellation)
    {
        await using var command = database.DataSource.CreateCommand("SELECT blob_key, blob_length FROM instances i WHERE NOT EXISTS (SELECT FROM remote_blobs r WHERE r.blob_key = i.blob_key)");
        command.CommandTimeout = 0;
        var (count, missing, first) = (0L, 0L, "");
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            count++;
            var file = new FileInfo(Path.Combine(folder, rows.GetString(0)));
            if (file.Exists && file.Length == rows.GetInt64(1)) continue;
            if (missing++ == 0) first = rows.GetString(0);
        }
        if (missing > 0)
            throw new PacsStartupException($"The blob folder was {former} and is {folder} now, where {missing} of {count} files are missing or not whole, as {first}. Copy what is missing, or set Pacs:Storage:BlobFolder (environment: PACS__Storage__BlobFolder) to {former} again.");
        logger.FolderMoved(former, folder, count);
    }

    private void TryMark(string folder, Guid id)
    {
        try
        {
            ArchiveMark.Write(folder, id);
        }
        catch (IOException e)
        {
            // A full disk: what is stored can still be read, and there is a next start.
            logger.NotMarked(folder, e.Message);
        }
    }

    private async Task<(Guid Id, string? Folder, bool IsEmpty)> ReadAsync(CancellationToken cancellation)
    {
        await using var command = database.DataSource.CreateCommand("SELECT id, blob_folder, NOT EXISTS (SELECT FROM instances i WHERE NOT EXISTS (SELECT FROM remote_blobs r WHERE r.blob_key = i.blob_key)) FROM archive");
        await using var row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return (row.GetGuid(0), row.IsDBNull(1) ? null : row.GetString(1), row.GetBoolean(2));
    }
}
