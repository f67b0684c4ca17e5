using System.Diagnostics;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Peers;

/// <summary>Asks peers for a sign of life – C-ECHO, or one study of a DICOMweb server –, keeps what came of it, and lets the jobs of one that answers go on.</summary>
public sealed class PeerVerifier(NpgsqlDataSource database, PeerConnector connector, DicomWebConnector web, PeerQueueStore queues, TimeProvider time)
{
    /// <summary>The kind of job that verifies all peers.</summary>
    public const string JobKind = "verify";

    public async Task<PeerVerification> VerifyAsync(Peer peer, CancellationToken cancellation)
    {
        var result = peer.Web is null ? await OwnThread.RunAsync(() => Echo(peer, cancellation)) : await EchoWebAsync(peer, cancellation);
        result = result with { CheckedAt = time.GetUtcNow() };
        await KeepAsync(result, cancellation);
        if (result.Success) await queues.AnsweredAsync(peer.AeTitle, cancellation);
        return result;
    }

    /// <summary>What the last verification of the peer came to; null when there was none.</summary>
    public async Task<PeerVerification?> FindAsync(string aeTitle, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT peer, is_answering, status, milliseconds, message, checked_at, last_seen_at FROM peer_verifications WHERE peer = $1");
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, aeTitle));
        return (await JobRows.ReadAllAsync(command, Read, cancellation)).FirstOrDefault();
    }

    /// <summary>Writes the job that verifies all peers, unless there was one within the interval: any node may ask.</summary>
    public async Task ScheduleAsync(TimeSpan interval, IReadOnlyList<Peer> peers, CancellationToken cancellation)
    {
        if (peers.Count == 0) return;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var command = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended('pacs verify', 0))", connection, transaction);
        await command.ExecuteNonQueryAsync(cancellation);
        command.CommandText = "SELECT EXISTS (SELECT FROM jobs WHERE kind = $1 AND created_at > now() - $2)";
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, JobKind));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Interval, interval));
        if ((bool)(await command.ExecuteScalarAsync(cancellation))!) return;
        await JobService.InsertAsync(connection, new JobRequest(JobKind) { Cause = "schedule", Priority = JobPriority.High }, [.. peers.Select(p => new JobItem(p.AeTitle))], cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private PeerVerification Echo(Peer peer, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var association = ClientAssociation.Connect(connector.Options(peer, [new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian)]), cancellation);
            var status = association.Echo();
            var success = status == DimseStatus.Success;
            return Result(peer, began, success, status.Value.ToString("X4", CultureInfo.InvariantCulture), success ? "" : "The peer answers, but refuses verification.");
        }
        catch (Exception e) when (e is AssociationException or InvalidOperationException)
        {
            return Result(peer, began, false, null, e.Message);
        }
    }

    private async Task<PeerVerification> EchoWebAsync(Peer peer, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            var status = await web.Connect(peer).EchoAsync(cancellation);
            return Result(peer, began, true, status.ToString(CultureInfo.InvariantCulture), "");
        }
        catch (DicomWebException e)
        {
            return Result(peer, began, false, e.Status?.ToString(CultureInfo.InvariantCulture), e.Message);
        }
    }

    private static PeerVerification Result(Peer peer, long began, bool success, string? status, string message) =>
        new(peer.AeTitle, success, status, Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 1), message);

    private async Task KeepAsync(PeerVerification result, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO peer_verifications AS v (peer, is_answering, status, milliseconds, message, checked_at, last_seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $2 THEN $6 END)
            ON CONFLICT (peer) DO UPDATE SET is_answering = $2, status = $3, milliseconds = $4, message = $5, checked_at = $6, last_seen_at = coalesce(excluded.last_seen_at, v.last_seen_at)
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, result.AeTitle));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Boolean, result.Success));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, result.Status));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Double, result.Milliseconds));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, result.Message));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.TimestampTz, result.CheckedAt));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static PeerVerification Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetBoolean(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetDouble(3), row.GetString(4))
        {
            CheckedAt = row.GetFieldValue<DateTimeOffset>(5),
            LastSeenAt = row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
        };
}
