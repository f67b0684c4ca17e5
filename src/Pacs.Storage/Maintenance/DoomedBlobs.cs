using Microsoft.Extensions.Logging;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Maintenance;

/// <summary>Removes the files of deleted objects, once their deletion is committed.</summary>
internal sealed class DoomedBlobs(PacsDatabase database, IBlobStore blobs, ILogger<DoomedBlobs> log)
{
    private const int Batch = 500;

    /// <summary>Notes, within the deleting transaction, what is to go.</summary>
    public static void Add(Statements sql, string[] keys) =>
        sql.Execute("INSERT INTO doomed_blobs (blob_key) SELECT * FROM unnest($1) ON CONFLICT DO NOTHING", P(keys));

    /// <summary>Removes what is noted, also what a process before this one left. What cannot be removed stays noted.</summary>
    public void Remove()
    {
        using var connection = database.KeyedSource.OpenConnection();
        var sql = new Statements(connection);
        for (var after = ""; ;)
        {
            var keys = sql.Query("SELECT blob_key FROM doomed_blobs WHERE blob_key > $1 ORDER BY blob_key LIMIT $2", r => r.GetString(0), P(after), P(Batch));
            if (keys.Count == 0) return;
            after = keys[^1];
            var removed = keys.Where(TryDelete).ToArray();
            sql.Execute("DELETE FROM doomed_blobs WHERE blob_key = ANY ($1)", P(removed));
        }
    }

    private bool TryDelete(string key)
    {
        try
        {
            blobs.Delete(key);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.BlobStays(key, e);
            return false;
        }
    }
}
