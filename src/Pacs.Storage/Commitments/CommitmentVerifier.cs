using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Blobs;
using Pacs.Storage.Gateway;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Commitments;

/// <summary>Looks at objects that are to be committed: in the index, of that class, and the file whole. What it finds is kept batch by batch.</summary>
public sealed class CommitmentVerifier(NpgsqlDataSource database, IBlobStore blobs, ILogger<CommitmentVerifier> logger)
{
    private const int BatchSize = 64;

    /// <summary>The only file of an instance is at an archive behind this one, which has promised nothing.</summary>
    private const string IsOthersToPromise =
        $"""
        (EXISTS (SELECT FROM remote_blobs r WHERE r.blob_key = i.blob_key)
            AND NOT EXISTS (SELECT FROM gateway_objects g WHERE g.sop_instance_uid = i.sop_instance_uid AND g.blob_key = i.blob_key AND {GatewayCommitments.IsPromised}))
        """;

    private sealed record Stored(string SopClassUid, string BlobKey, long BlobLength, int DatasetOffset, int DatasetCrc, bool IsOthersToPromise);

    /// <summary>The next objects that have not been looked at. False when there are none left.</summary>
    public async Task<bool> VerifyNextAsync(long commitment, CancellationToken cancellation)
    {
        var batch = await NextAsync(commitment, cancellation);
        if (batch.Count == 0)
        {
            await using var end = Command("UPDATE commitments SET verified_at = now() WHERE id = $1 AND verified_at IS NULL", Of(NpgsqlDbType.Bigint, commitment));
            await end.ExecuteNonQueryAsync(cancellation);
            return false;
        }
        var stored = await FindAsync(batch, cancellation);
        var failures = await OwnThread.RunAsync(() => batch.Select(item =>
        {
            cancellation.ThrowIfCancellationRequested();
            var found = stored.GetValueOrDefault(item.SopInstanceUid);
            return (item, Look(item, found), found?.BlobKey ?? "");
        }).ToList());
        await KeepAsync(commitment, failures, cancellation);
        return true;
    }

    private CommitmentFailure? Look(CommitmentObject item, Stored? found)
    {
        if (found is null) return CommitmentFailure.NoSuchObjectInstance;
        if (found.SopClassUid != item.SopClassUid) return CommitmentFailure.ClassInstanceConflict;
        if (found.IsOthersToPromise) return CommitmentFailure.ProcessingFailure;
        try
        {
            if (BlobCheck.IsWhole(blobs, found.BlobKey, found.BlobLength, found.DatasetOffset, found.DatasetCrc)) return null;
            logger.BlobDamaged(item.SopInstanceUid, found.BlobKey);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.BlobUnreadable(item.SopInstanceUid, found.BlobKey, e);
        }
        return CommitmentFailure.ProcessingFailure;
    }

    private async Task<List<CommitmentObject>> NextAsync(long commitment, CancellationToken cancellation)
    {
        await using var command = Command(
            $"SELECT {CommitmentRows.ObjectColumns} FROM commitment_objects WHERE commitment_id = $1 AND failure IS NULL ORDER BY number LIMIT $2",
            Of(NpgsqlDbType.Bigint, commitment), Of(NpgsqlDbType.Integer, BatchSize));
        return await JobRows.ReadAllAsync(command, CommitmentRows.ReadObject, cancellation);
    }

    private async Task<Dictionary<string, Stored>> FindAsync(List<CommitmentObject> batch, CancellationToken cancellation)
    {
        await using var command = Command(
            $"SELECT sop_instance_uid, sop_class_uid, blob_key, blob_length, dataset_offset, dataset_crc, {IsOthersToPromise} FROM instances i WHERE sop_instance_uid = ANY ($1)",
            Of(NpgsqlDbType.Array | NpgsqlDbType.Text, batch.Select(o => o.SopInstanceUid).ToArray()));
        var rows = await JobRows.ReadAllAsync(command, r => (Uid: r.GetString(0), Row: new Stored(r.GetString(1), r.GetString(2), r.GetInt64(3), r.GetInt32(4), r.GetInt32(5), r.GetBoolean(6))), cancellation);
        return rows.ToDictionary(r => r.Uid, r => r.Row);
    }

    // An object that was deleted or replaced, or whose file went to an archive, while it was read stays open and is looked at
    // again. Its row is held first: what is asked after that is as it will be.
    private async Task KeepAsync(long commitment, List<(CommitmentObject Object, CommitmentFailure? Failure, string BlobKey)> found, CancellationToken cancellation)
    {
        var uids = found.Select(f => f.Object.SopInstanceUid).ToArray();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var hold = new NpgsqlCommand("SELECT FROM instances WHERE sop_instance_uid = ANY ($1) ORDER BY id FOR KEY SHARE", connection))
        {
            hold.Parameters.Add(Of(NpgsqlDbType.Array | NpgsqlDbType.Text, uids));
            await hold.ExecuteNonQueryAsync(cancellation);
        }
        await using var command = new NpgsqlCommand(
            $"""
            WITH found AS (
                SELECT * FROM unnest($2::int[], $3::int[], $4::text[], $5::text[]) f (number, failure, uid, blob_key)
            ), held AS (
                SELECT f.number, f.uid FROM found f JOIN instances i ON i.sop_instance_uid = f.uid AND i.blob_key = f.blob_key
                WHERE f.failure = 0 AND NOT {IsOthersToPromise}
            ), protected AS (
                INSERT INTO committed_instances (sop_instance_uid) SELECT uid FROM held ORDER BY uid ON CONFLICT DO NOTHING
            )
            UPDATE commitment_objects o SET failure = f.failure FROM found f
            WHERE o.commitment_id = $1 AND o.number = f.number AND (f.failure <> 0 OR EXISTS (SELECT FROM held WHERE held.number = f.number))
            """, connection);
        command.Parameters.Add(Of(NpgsqlDbType.Bigint, commitment));
        command.Parameters.Add(Of(NpgsqlDbType.Array | NpgsqlDbType.Integer, found.Select(f => f.Object.Number).ToArray()));
        command.Parameters.Add(Of(NpgsqlDbType.Array | NpgsqlDbType.Integer, found.Select(f => (int)(f.Failure ?? 0)).ToArray()));
        command.Parameters.Add(Of(NpgsqlDbType.Array | NpgsqlDbType.Text, uids));
        command.Parameters.Add(Of(NpgsqlDbType.Array | NpgsqlDbType.Text, found.Select(f => f.BlobKey).ToArray()));
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Of(NpgsqlDbType type, object value) => JobRows.Parameter(type, value);
}
