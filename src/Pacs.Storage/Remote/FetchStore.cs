using Npgsql;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Remote;

/// <summary>What jobs found at other archives, and what of it is here.</summary>
public sealed class FetchStore(NpgsqlDataSource database)
{
    /// <summary>Keeps what the job found. What it knows already stays as it is.</summary>
    public async Task AddAsync(long jobId, IReadOnlyList<RemoteObject> objects, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO fetch_objects (job_id, sop_instance_uid, study_instance_uid, series_instance_uid, sop_class_uid, transfer_syntax_uid, patient_id)
            SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) ON CONFLICT DO NOTHING
            """);
        command.Parameters.Add(P(jobId));
        foreach (var column in (Func<RemoteObject, string>[])[o => o.SopInstanceUid, o => o.StudyInstanceUid, o => o.SeriesInstanceUid, o => o.SopClassUid, o => o.TransferSyntaxUid, o => o.PatientId])
            command.Parameters.Add(P(objects.Select(column).ToArray()));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>All that the job found, by SOP Instance UID.</summary>
    public async Task<Dictionary<string, RemoteObject>> ReadAsync(long jobId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "SELECT study_instance_uid, series_instance_uid, sop_instance_uid, sop_class_uid, transfer_syntax_uid, patient_id FROM fetch_objects WHERE job_id = $1");
        command.Parameters.Add(P(jobId));
        var found = new Dictionary<string, RemoteObject>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            found.Add(reader.GetString(2), new RemoteObject(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5)));
        return found;
    }

    /// <summary>Those of the objects that have come for the job, or been refused. Where it does not matter for whom they came, those that are here count too.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="sopInstanceUids">Of those it waits for.</param>
    /// <param name="alsoPresent">What is in the archive counts as come.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<RetrievedObject>> ListArrivedAsync(long jobId, IReadOnlyCollection<string> sopInstanceUids, bool alsoPresent, CancellationToken cancellation)
    {
        if (sopInstanceUids.Count == 0) return [];
        await using var command = database.CreateCommand(
            """
            SELECT u.uid, CASE WHEN i.id IS NULL THEN coalesce(f.status, 0) ELSE CASE WHEN $3 THEN 0 ELSE f.status END END, coalesce(f.message, ''), i.blob_length - i.dataset_offset
            FROM unnest($2::text[]) u (uid)
            LEFT JOIN fetch_objects f ON f.job_id = $1 AND f.sop_instance_uid = u.uid AND f.arrived_at IS NOT NULL
            LEFT JOIN instances i ON i.sop_instance_uid = u.uid
            WHERE ($3 AND i.id IS NOT NULL) OR (f.arrived_at IS NOT NULL AND (i.id IS NOT NULL OR f.status <> 0))
            """);
        command.Parameters.Add(P(jobId));
        command.Parameters.Add(P(sopInstanceUids.ToArray()));
        command.Parameters.Add(P(alsoPresent));
        var arrived = new List<RetrievedObject>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var status = reader.GetInt32(1);
            arrived.Add(new RetrievedObject(reader.GetString(0), status, status == 0 ? "" : reader.GetString(2), status == 0 && !reader.IsDBNull(3) ? reader.GetInt64(3) : null));
        }
        return arrived;
    }

    /// <summary>What was refused, or came in a former attempt, is waited for anew.</summary>
    public async Task ForgetAsync(long jobId, IReadOnlyCollection<string> sopInstanceUids, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("UPDATE fetch_objects SET arrived_at = NULL, status = NULL, message = NULL WHERE job_id = $1 AND sop_instance_uid = ANY ($2) AND arrived_at IS NOT NULL");
        command.Parameters.Add(P(jobId));
        command.Parameters.Add(P(sopInstanceUids.ToArray()));
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
