using Npgsql;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Model;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Maintenance;

/// <summary>Deletes studies, series and instances, with the former versions kept of them.</summary>
public sealed class Deletion
{
    private const int MaxAttempts = 10;
    private readonly PacsDatabase _database;
    private readonly DoomedBlobs _doomed;

    internal Deletion(PacsDatabase database, DoomedBlobs doomed) => (_database, _doomed) = (database, doomed);

    /// <summary>Deletes what the UIDs name: a study, a series of it, or an instance of that. In effect at once and as a whole; the files go after it.</summary>
    /// <param name="studyInstanceUid">The study.</param>
    /// <param name="seriesInstanceUid">The series; null for all.</param>
    /// <param name="sopInstanceUid">The instance; null for all.</param>
    /// <param name="cancellation">Before it begins.</param>
    /// <param name="evenIfCommitted">Also objects that were promised to be kept (storage commitment): for a person who knows. Nothing automatic may say so.</param>
    /// <returns>How many instances there were; 0 when there is no such object.</returns>
    /// <exception cref="CommittedObjectsException">Some were promised to be kept; nothing is deleted.</exception>
    /// <exception cref="NpgsqlException">The database does not answer; nothing is deleted.</exception>
    public Task<int> DeleteAsync(
        string studyInstanceUid, string? seriesInstanceUid, string? sopInstanceUid, CancellationToken cancellation, bool evenIfCommitted = false) =>
        DeleteAsync(studyInstanceUid, seriesInstanceUid, sopInstanceUid, evenIfCommitted, null, cancellation);

    /// <summary>Deletes a study, or series of it, that still may go when nothing can be added to it any more.</summary>
    /// <param name="studyInstanceUid">The study.</param>
    /// <param name="seriesInstanceUids">The series; none for all.</param>
    /// <param name="mayGo">Asked while the study is locked.</param>
    /// <param name="cancellation">Before it begins.</param>
    /// <returns>How many instances there were; 0 when it stays.</returns>
    /// <exception cref="CommittedObjectsException">Some were promised to be kept; nothing is deleted.</exception>
    internal Task<int> DeleteIfAsync(string studyInstanceUid, IReadOnlyList<string> seriesInstanceUids, Func<Statements, bool> mayGo, CancellationToken cancellation) =>
        DeleteAsync(studyInstanceUid, string.Join('\\', seriesInstanceUids), null, false, mayGo, cancellation);

    private Task<int> DeleteAsync(
        string studyInstanceUid, string? seriesInstanceUid, string? sopInstanceUid, bool evenIfCommitted, Func<Statements, bool>? mayGo, CancellationToken cancellation) => Task.Run(() =>
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var count = Delete(studyInstanceUid, seriesInstanceUid, sopInstanceUid, evenIfCommitted, mayGo);
                if (count > 0) _doomed.Remove();
                return count;
            }
            catch (PostgresException e) when (attempt < MaxAttempts && e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.ForeignKeyViolation)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }, cancellation);

    /// <summary>Tells the change feed of instances that are about to go.</summary>
    internal static void Announce(Statements sql, long[] instances) => sql.Execute(
        """
        INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid)
        SELECT $2, st.study_instance_uid, se.series_instance_uid, i.sop_instance_uid
        FROM instances i JOIN series se ON se.id = i.series_key JOIN studies st ON st.id = se.study_key WHERE i.id = ANY ($1)
        """, P(instances), P((short)ChangeKind.Deleted));

    private int Delete(string study, string? series, string? instance, bool evenIfCommitted, Func<Statements, bool>? mayGo)
    {
        using var connection = _database.KeyedSource.OpenConnection();
        using var transaction = connection.BeginTransaction();
        var sql = new Statements(connection);
        var found = sql.Query(
            """
            SELECT i.id, i.sop_instance_uid, se.series_instance_uid
            FROM studies st JOIN series se ON se.study_key = st.id JOIN instances i ON i.series_key = se.id
            WHERE st.study_instance_uid = $1 AND ($2 = '' OR se.series_instance_uid = ANY (string_to_array($2, '\'))) AND ($3 = '' OR i.sop_instance_uid = $3)
            """, r => (Id: r.GetInt64(0), Sop: r.GetString(1), Series: r.GetString(2)), P(study), P(series ?? ""), P(instance ?? ""));
        if (found.Count == 0) return 0;
        if (mayGo is not null)
        {
            sql.Query("SELECT 1 FROM patients WHERE id = (SELECT patient_key FROM studies WHERE study_instance_uid = $1) FOR UPDATE", r => r.GetInt32(0), P(study));
            sql.Query("SELECT 1 FROM studies WHERE study_instance_uid = $1 FOR UPDATE", r => r.GetInt32(0), P(study));
            if (!mayGo(sql)) return 0;
        }
        var (ids, uids) = (found.Select(f => f.Id).ToArray(), found.Select(f => f.Sop).ToArray());
        Announce(sql, ids);
        var keys = sql.Query("SELECT blob_key FROM instances WHERE id = ANY ($1) UNION ALL SELECT blob_key FROM instance_versions WHERE sop_instance_uid = ANY ($2)", r => r.GetString(0), P(ids), P(uids));
        DoomedBlobs.Add(sql, [.. keys]);
        sql.Execute("DELETE FROM instance_versions WHERE sop_instance_uid = ANY ($1)", P(uids));
        // What an archive behind this one has is its own.
        sql.Execute("DELETE FROM gateway_objects WHERE sop_instance_uid = ANY ($1)", P(uids));
        sql.Execute("DELETE FROM remote_blobs WHERE sop_instance_uid = ANY ($1)", P(uids));
        // What waits for a study to be complete that is no longer here would wait for ever.
        sql.Execute("DELETE FROM routing_outbox WHERE study_instance_uid = $1 AND sop_instance_uid = ANY ($2)", P(study), P(uids));
        InstanceRemoval.RemoveEmpty(sql, InstanceRemoval.Remove(sql, ids));
        // Only now: whoever commits one of them holds its row meanwhile, and comes before or after all of this.
        var committed = sql.Execute("DELETE FROM committed_instances WHERE sop_instance_uid = ANY ($1)", P(uids));
        if (committed > 0 && !evenIfCommitted) throw new CommittedObjectsException(committed);
        // Whatever is gone now, by itself or with its last object, answers 410.
        // Real objects use one UID for study and series.
        string[] gone = [.. uids.Concat(found.Select(f => f.Series)).Append(study).Distinct()];
        sql.Execute(
            """
            INSERT INTO deleted_objects (uid)
            SELECT uid FROM unnest($1) uid
            WHERE NOT EXISTS (SELECT FROM series WHERE series_instance_uid = uid) AND NOT EXISTS (SELECT FROM studies WHERE study_instance_uid = uid)
            ON CONFLICT (uid) DO UPDATE SET deleted_at = now()
            """, P(gone));
        sql.Execute("DELETE FROM conflicts c WHERE study_instance_uid = $1 AND NOT EXISTS (SELECT FROM studies WHERE study_instance_uid = $1)", P(study));
        transaction.Commit();
        return found.Count;
    }
}
