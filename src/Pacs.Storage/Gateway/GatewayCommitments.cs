using System.Numerics;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Commitments;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Gateway;

/// <summary>Asks archives to commit to objects whose files may only go from here then.</summary>
public sealed class GatewayCommitments(NpgsqlDataSource database, DicomWebConnector connector, TimeProvider time, ILogger<GatewayCommitments> log)
{
    private const int Batch = 500;

    /// <summary>After it another node, or this one, asks anew.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(10);

    /// <summary>How long one request is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // When it was verified tells of which server that is true.
    private sealed record Asked(string SopClassUid, string SopInstanceUid, string BlobKey, DateTime VerifiedAt);

    /// <summary>Asks for some of those that are due.</summary>
    /// <returns>How many the archive committed to; 0 when none is due, or it did not.</returns>
    public async Task<int> RunAsync(Peer peer, CancellationToken cancellation)
    {
        if (peer.Gateway is not { KeepMinutes: { } minutes } gateway) return 0;
        var asked = await TakeAsync(peer.AeTitle, minutes, gateway.Commitment, cancellation);
        if (asked.Count == 0) return 0;
        var held = await FindHeldAsync(peer.AeTitle, asked, cancellation);
        await KeepAsync(peer.AeTitle, [.. asked.Where(a => held.Contains(a.SopInstanceUid))], cancellation);
        asked.RemoveAll(a => held.Contains(a.SopInstanceUid));
        if (asked.Count == 0) return held.Count;
        try
        {
            var answer = await AskAsync(peer, asked, cancellation);
            await KeepAsync(peer.AeTitle, [.. asked.Where(a => answer.Committed.Contains(a.SopInstanceUid))], cancellation);
            if (answer.Committed.Count < asked.Count) log.NotCommitted(peer.AeTitle, answer.IsDone ? $"{asked.Count - answer.Committed.Count} of {asked.Count} were refused." : "It is still at it.");
            return held.Count + answer.Committed.Count;
        }
        catch (DicomWebException e)
        {
            log.NotCommitted(peer.AeTitle, e.Message);
            return held.Count;
        }
    }

    private async Task<DicomWebCommitment> AskAsync(Peer peer, List<Asked> asked, CancellationToken cancellation)
    {
        var archive = connector.Connect(peer);
        var transaction = $"2.25.{new BigInteger(Guid.NewGuid().ToByteArray(), isUnsigned: true)}";
        var answer = await archive.RequestCommitmentAsync(transaction, [.. asked.Select(a => new CommitmentReference(a.SopClassUid, a.SopInstanceUid))], cancellation);
        for (var began = time.GetTimestamp(); !answer.IsDone && time.GetElapsedTime(began) + answer.RetryAfter < Patience;)
        {
            await Task.Delay(answer.RetryAfter, time, cancellation);
            answer = await archive.CheckCommitmentAsync(transaction, cancellation);
        }
        return answer;
    }

    private async Task<List<Asked>> TakeAsync(string peer, int minutes, bool always, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            WITH due AS (
                SELECT g.id FROM gateway_objects g
                WHERE g.peer = $1 AND g.state = 2 AND g.removed_at IS NULL AND g.committed_at IS NULL AND g.verified_at <= now() - make_interval(mins => $2)
                    AND (g.look_again_at IS NULL OR g.look_again_at <= now())
                    AND ($3 OR EXISTS (SELECT FROM committed_instances c WHERE c.sop_instance_uid = g.sop_instance_uid))
                ORDER BY g.verified_at LIMIT $4 FOR UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE gateway_objects g SET look_again_at = now() + $5 FROM due WHERE g.id = due.id RETURNING g.sop_instance_uid, g.blob_key, g.verified_at
            )
            SELECT i.sop_class_uid, t.sop_instance_uid, t.blob_key, t.verified_at FROM taken t JOIN instances i ON i.sop_instance_uid = t.sop_instance_uid AND i.blob_key = t.blob_key
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, peer));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, minutes));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Boolean, always));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, Batch));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, Turn));
        return await JobRows.ReadAllAsync(command, row => new Asked(row.GetString(0), row.GetString(1), row.GetString(2), row.GetDateTime(3)), cancellation);
    }

    /// <summary>What it committed to by a job of kind commit, perhaps by DIMSE, since it was verified there.</summary>
    private async Task<HashSet<string>> FindHeldAsync(string peer, List<Asked> asked, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT a.uid FROM unnest($2::text[], $3::text[], $4::timestamptz[]) a (uid, blob_key, verified_at)
            JOIN remote_commitments c ON c.peer = $1 AND c.sop_instance_uid = a.uid AND c.blob_key = a.blob_key AND c.requested_at >= a.verified_at
            """);
        command.Parameters.AddRange(Parameters(peer, asked));
        return [.. await JobRows.ReadAllAsync(command, row => row.GetString(0), cancellation)];
    }

    private async Task KeepAsync(string peer, List<Asked> committed, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            UPDATE gateway_objects g SET committed_at = now(), look_again_at = NULL FROM unnest($2::text[], $3::text[], $4::timestamptz[]) c (uid, blob_key, verified_at)
            WHERE g.peer = $1 AND g.sop_instance_uid = c.uid AND g.blob_key = c.blob_key AND g.verified_at = c.verified_at
            """);
        command.Parameters.AddRange(Parameters(peer, committed));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static NpgsqlParameter[] Parameters(string peer, List<Asked> objects) =>
    [
        JobRows.Parameter(NpgsqlDbType.Text, peer), JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, objects.Select(o => o.SopInstanceUid).ToArray()),
        JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, objects.Select(o => o.BlobKey).ToArray()), JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, objects.Select(o => o.VerifiedAt).ToArray()),
    ];
}
