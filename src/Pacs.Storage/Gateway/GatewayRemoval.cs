using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Blobs;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Peers;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Gateway;

/// <summary>Removes the files of objects that are safe at their archives: past their grace, and committed where that was promised.</summary>
public sealed class GatewayRemoval
{
    private const int Batch = 200;

    /// <summary>After an archive was not there, or not to be trusted.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);

    private readonly PacsDatabase _database;
    private readonly FileBlobStore _blobs;
    private readonly DoomedBlobs _doomed;
    private readonly DicomWebConnector _connector;
    private readonly TimeProvider _time;
    private readonly ILogger<GatewayRemoval> _log;
    private readonly ConcurrentDictionary<string, long> _refused = [];

    internal GatewayRemoval(PacsDatabase database, FileBlobStore blobs, DoomedBlobs doomed, DicomWebConnector connector, TimeProvider time, ILogger<GatewayRemoval> log) =>
        (_database, _blobs, _doomed, _connector, _time, _log) = (database, blobs, doomed, connector, time, log);

    private sealed record Due(string SopInstanceUid, string BlobKey, int DatasetOffset);

    /// <summary>Removes what is due, some at a time; safe on every node at once.</summary>
    /// <returns>Files removed; 0 when nothing is due, or the archive is not to be trusted with it now.</returns>
    public async Task<int> RunAsync(Peer peer, CancellationToken cancellation)
    {
        if (peer is not { Web: not null, Gateway.KeepMinutes: { } minutes }) return 0;
        var due = await Task.Run(() => ListDue(peer.AeTitle, minutes, peer.Gateway.Commitment), cancellation);
        return due.Count > 0 && await IsKeeperAsync(peer, cancellation) ? await Task.Run(() => Remove(peer, due), cancellation) : 0;
    }

    private List<Due> ListDue(string peer, int minutes, bool needsCommitment)
    {
        using var connection = _database.KeyedSource.OpenConnection();
        // What nothing but a missing promise holds up is left to who gets the promise.
        return new Statements(connection).Query(
            $"""
            SELECT g.sop_instance_uid, g.blob_key, i.dataset_offset FROM gateway_objects g JOIN instances i ON i.sop_instance_uid = g.sop_instance_uid AND i.blob_key = g.blob_key
            WHERE g.peer = $1 AND g.state = 2 AND g.removed_at IS NULL AND g.verified_at <= now() - make_interval(mins => $2) AND (g.look_again_at IS NULL OR g.look_again_at <= now())
                AND (NOT ($3 OR EXISTS (SELECT FROM committed_instances c WHERE c.sop_instance_uid = g.sop_instance_uid)) OR {GatewayCommitments.IsPromised})
            ORDER BY g.verified_at LIMIT $4
            """, r => new Due(r.GetString(0), r.GetString(1), r.GetInt32(2)), P(peer), P(minutes), P(needsCommitment), P(Batch));
    }

    /// <summary>Whether the archive is there, and does not give up its files in turn – maybe to this one. Asked each time: it may have been set up so since.</summary>
    private async Task<bool> IsKeeperAsync(Peer peer, CancellationToken cancellation)
    {
        if (_refused.TryGetValue(peer.AeTitle, out var refused) && _time.GetElapsedTime(refused) < Wait) return false;
        try
        {
            await _connector.Connect(peer, GatewayHeader.Custody).EchoAsync(cancellation);
            _refused.TryRemove(peer.AeTitle, out _);
            return true;
        }
        catch (DicomWebException e)
        {
            _refused[peer.AeTitle] = _time.GetTimestamp();
            _log.NotKept(peer.AeTitle, e.Message);
            await Task.Run(() => Tell(peer.AeTitle, e.Message), cancellation);
            return false;
        }
    }

    private void Tell(string peer, string failure)
    {
        using var connection = _database.KeyedSource.OpenConnection();
        new Statements(connection).Execute("UPDATE gateways SET last_failure_at = now(), last_failure = $2 WHERE peer = $1", P(peer), P(failure));
    }

    private int Remove(Peer peer, List<Due> due)
    {
        var (ready, headers) = (new List<Due>(due.Count), new List<byte[]>(due.Count));
        foreach (var item in due)
        {
            if (ReadHeader(item) is not { } header) continue;
            ready.Add(item);
            headers.Add(header);
        }
        var removed = Remove(peer.AeTitle, ready, headers);
        using var connection = _database.KeyedSource.OpenConnection();
        Postpone(new Statements(connection), peer.AeTitle, due.Where(d => !removed.Contains(d.BlobKey)));
        _doomed.Remove();
        return removed.Count;
    }

    private HashSet<string> Remove(string peer, List<Due> ready, List<byte[]> headers)
    {
        using var connection = _database.KeyedSource.OpenConnection();
        using var transaction = connection.BeginTransaction();
        var sql = new Statements(connection);
        // As long as it is held the archive stays the server that it was verified at.
        if (sql.Query("SELECT 1 FROM gateways WHERE peer = $1 FOR NO KEY UPDATE", r => r.GetInt32(0), P(peer)).Count == 0) return [];
        // As it is now: somebody may have taken back, since the batch was listed, that files go.
        var settings = sql.Query(
            "SELECT (settings -> 'gateway' ->> 'keepMinutes')::int, coalesce((settings -> 'gateway' ->> 'commitment')::boolean, false) FROM peers WHERE ae_title = $1 AND settings -> 'gateway' ->> 'keepMinutes' IS NOT NULL",
            r => (Minutes: r.GetInt32(0), NeedsCommitment: r.GetBoolean(1)), P(peer));
        if (settings is not [var (minutes, needsCommitment)]) return [];
        string[] uids = [.. ready.Select(r => r.SopInstanceUid)], keys = [.. ready.Select(r => r.BlobKey)];
        // Whoever commits one of them, or puts another in its place, holds its row, and comes before or after all of this.
        sql.Query("SELECT id FROM instances WHERE sop_instance_uid = ANY ($1) ORDER BY id FOR UPDATE", r => r.GetInt64(0), P(uids));
        var removed = sql.Query(
            $"""
            WITH safe AS (
                SELECT i.*, d.file_header, st.study_instance_uid, se.series_instance_uid FROM unnest($1::text[], $2::text[], $3::bytea[]) d (uid, key, file_header)
                JOIN instances i ON i.sop_instance_uid = d.uid AND i.blob_key = d.key JOIN series se ON se.id = i.series_key JOIN studies st ON st.id = se.study_key
                WHERE EXISTS (SELECT FROM gateway_objects g WHERE g.sop_instance_uid = d.uid AND g.peer = $4 AND g.state = 2 AND g.blob_key = d.key
                        AND g.verified_at <= now() - make_interval(mins => $6)
                        AND (NOT ($5 OR EXISTS (SELECT FROM committed_instances c WHERE c.sop_instance_uid = d.uid)) OR {GatewayCommitments.IsPromised}))
                    AND NOT EXISTS (SELECT FROM gateway_objects g WHERE g.sop_instance_uid = d.uid AND (g.state <> 2 OR g.blob_key <> d.key))
            ), remote AS (
                INSERT INTO remote_blobs (blob_key, sop_instance_uid, study_instance_uid, series_instance_uid, transfer_syntax_uid, blob_length, dataset_crc, file_header)
                SELECT blob_key, sop_instance_uid, study_instance_uid, series_instance_uid, transfer_syntax_uid, blob_length, dataset_crc, file_header FROM safe
            ), doomed AS (
                INSERT INTO doomed_blobs (blob_key) SELECT blob_key FROM safe
            ), marked AS (
                UPDATE gateway_objects g SET removed_at = now() FROM safe s WHERE g.sop_instance_uid = s.sop_instance_uid
            )
            SELECT blob_key, blob_length FROM safe
            """, r => (Key: r.GetString(0), Bytes: r.GetInt64(1)), P(uids), P(keys), P(headers.ToArray()), P(peer), P(needsCommitment), P(minutes));
        var bytes = removed.Sum(r => r.Bytes);
        sql.Execute("UPDATE gateways SET removed_objects = removed_objects + $2, removed_bytes = removed_bytes + $3 WHERE peer = $1", P(peer), P((long)removed.Count), P(bytes));
        transaction.Commit();
        if (removed.Count > 0) _log.Removed(removed.Count, bytes);
        return [.. removed.Select(r => r.Key)];
    }

    /// <summary>What another archive does not have yet does not hold up the others.</summary>
    private static void Postpone(Statements sql, string peer, IEnumerable<Due> kept)
    {
        string[] uids = [.. kept.Select(k => k.SopInstanceUid)];
        if (uids.Length > 0) sql.Execute("UPDATE gateway_objects SET look_again_at = now() + interval '1 minute' WHERE peer = $1 AND sop_instance_uid = ANY ($2)", P(peer), P(uids));
    }

    /// <summary>Null when the file cannot be read: then nothing is removed.</summary>
    private byte[]? ReadHeader(Due item)
    {
        try
        {
            using var blob = _blobs.Open(item.BlobKey);
            var header = new byte[item.DatasetOffset];
            for (var n = 0; n < header.Length;)
            {
                var read = blob.Read(n, header.AsSpan(n));
                if (read == 0) return null;
                n += read;
            }
            return header;
        }
        catch (IOException e)
        {
            _log.FileUnreadable(item.SopInstanceUid, e);
            return null;
        }
    }
}
