using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Remote;

/// <summary>
/// Knows the objects of this archive's own C-MOVEs by what their C-STOREs carry: Move Originator AE title and message identifier (PS3.7
/// §9.1.1.1). The worker that asked and the process to which they come need not be the same: the database tells one of the other.
/// Whatever comes without costs nothing.
/// </summary>
public sealed class MoveOrigins(NpgsqlDataSource database, PacsOptions options, TimeProvider time, ILogger<MoveOrigins> logger)
{
    /// <summary>So long an answer of the database is remembered. Identifiers come again after 65,535 others.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(2);

    private const int MaxRemembered = 1000;

    private readonly ConcurrentDictionary<ushort, (MoveOrigin? Origin, long At)> _known = [];

    /// <summary>Gives a C-MOVE of the job a message identifier that no other has now. Those of its former runs are free with it.</summary>
    public async Task<MoveOrigin> BeginAsync(long jobId, string peer, CancellationToken cancellation)
    {
        await EndAsync(jobId, cancellation);
        while (true)
        {
            await using var command = database.CreateCommand(
                "INSERT INTO running_moves (message_id, job_id, peer) VALUES (nextval('move_message_ids'), $1, $2) ON CONFLICT (message_id) DO NOTHING RETURNING message_id");
            command.Parameters.Add(P(jobId));
            command.Parameters.Add(P(peer));
            if (await command.ExecuteScalarAsync(cancellation) is int id) return new MoveOrigin((ushort)id, jobId, peer);
        }
    }

    /// <summary>The job has no C-MOVE under way any more.</summary>
    public async Task EndAsync(long jobId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("DELETE FROM running_moves WHERE job_id = $1");
        command.Parameters.Add(P(jobId));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Whose object it is. Null for one that nobody here asked for; and when the database does not say: it is stored all the same.</summary>
    public MoveOrigin? Find(string? originatorAeTitle, ushort? originatorMessageId)
    {
        if (originatorMessageId is not { } id || originatorAeTitle != options.Dimse.AeTitle) return null;
        if (_known.TryGetValue(id, out var known) && time.GetElapsedTime(known.At) < Remembered) return known.Origin;
        try
        {
            using var command = database.CreateCommand("SELECT job_id, peer FROM running_moves WHERE message_id = $1");
            command.Parameters.Add(P((int)id));
            using var reader = command.ExecuteReader();
            var origin = reader.Read() ? new MoveOrigin(id, reader.GetInt64(0), reader.GetString(1)) : null;
            if (_known.Count > MaxRemembered) _known.Clear();
            _known[id] = (origin, time.GetTimestamp());
            return origin;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            logger.OriginNotKnown(id, e.Message);
            return null;
        }
    }

    /// <summary>Notes for the job what became of an object, before its sender is answered: when the C-MOVE is over, all of it is known.</summary>
    public void Note(MoveOrigin origin, IngestResult result)
    {
        if (result.SopInstanceUid is not { } uid) return;
        try
        {
            using var command = database.CreateCommand("UPDATE fetch_objects SET arrived_at = now(), status = $3, message = $4 WHERE job_id = $1 AND sop_instance_uid = $2");
            command.Parameters.Add(P(origin.JobId));
            command.Parameters.Add(P(uid));
            command.Parameters.Add(P(result.IsSuccess ? 0 : (int)StoreStatus.Of(result).Value));
            command.Parameters.Add(P(result.IsSuccess ? "" : result.Message));
            command.ExecuteNonQuery();
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            // What the job finds in the archive counts, whether it was noted or not.
            logger.ArrivalNotNoted(uid, origin.JobId, e.Message);
        }
    }
}
