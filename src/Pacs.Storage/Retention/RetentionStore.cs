using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Access;
using Pacs.Storage.Indexing;
using Pacs.Storage.Jobs;
using Pacs.Storage.Maintenance;
using static Pacs.Storage.Indexing.Statements;

namespace Pacs.Storage.Retention;

/// <summary>Retention classes, and the studies whose time is over.</summary>
public sealed class RetentionStore(NpgsqlDataSource database, Deletion deletion)
{
    /// <summary>The kind of job that deletes.</summary>
    public const string JobKind = "retention";

    /// <summary>Studies of one job.</summary>
    public const int BatchSize = 500;

    private const string Resource = "routing/retention-classes";

    /// <summary>
    /// Nothing that was promised to be kept, that is on its way to a peer or to an archive behind this one or failed to get
    /// there, or that waits for a routing rule: $1 is the study or empty for any.
    /// </summary>
    private static readonly string Due =
        $"""
        FROM retention_studies a JOIN retention_classes c ON c.name = a.class JOIN studies s ON s.study_instance_uid = a.study_instance_uid
        WHERE ($1 = '' OR a.study_instance_uid = $1) AND coalesce((c.settings ->> 'isEnabled')::boolean, true)
          AND (c.settings ->> 'daysSinceReceived' IS NOT NULL OR c.settings ->> 'daysSinceStudyDate' IS NOT NULL)
          AND (c.settings ->> 'daysSinceReceived' IS NULL OR s.updated_at <= now() - make_interval(days => (c.settings ->> 'daysSinceReceived')::int))
          AND (c.settings ->> 'daysSinceStudyDate' IS NULL OR (s.study_date <> '' AND s.study_date <= to_char(now() - make_interval(days => (c.settings ->> 'daysSinceStudyDate')::int), 'YYYYMMDD')))
          AND EXISTS (SELECT FROM series r WHERE r.study_key = s.id AND (c.settings -> 'modalities' IS NULL OR c.settings -> 'modalities' ? r.modality))
          AND NOT EXISTS (SELECT FROM routing_outbox o WHERE o.study_instance_uid = a.study_instance_uid)
          AND NOT EXISTS (SELECT FROM gateway_objects g WHERE g.study_instance_uid = a.study_instance_uid AND g.state <> 2)
          AND NOT EXISTS (SELECT FROM series r JOIN instances i ON i.series_key = r.id JOIN committed_instances k USING (sop_instance_uid) WHERE r.study_key = s.id)
          AND NOT EXISTS (
            SELECT FROM jobs j WHERE j.kind <> '{JobKind}' AND j.state NOT IN ({(int)JobState.Done}, {(int)JobState.Warning}, {(int)JobState.Cancelled})
            AND (j.study_instance_uid = s.study_instance_uid
              OR EXISTS (SELECT FROM series r WHERE r.study_key = s.id AND r.series_instance_uid = j.series_instance_uid)
              OR EXISTS (SELECT FROM series r JOIN instances i ON i.series_key = r.id WHERE r.study_key = s.id AND i.sop_instance_uid = j.sop_instance_uid)))
        """;

    /// <summary>A job that failed, <c>j</c>, is what keeps a study from being deleted: it is not forgotten before the study is.</summary>
    internal static readonly string KeepsStudy =
        $"""
        j.kind <> '{JobKind}' AND EXISTS (
            SELECT FROM retention_studies a JOIN studies s USING (study_instance_uid) WHERE study_instance_uid = coalesce(
                j.study_instance_uid,
                (SELECT t.study_instance_uid FROM series r JOIN studies t ON t.id = r.study_key WHERE r.series_instance_uid = j.series_instance_uid),
                (SELECT t.study_instance_uid FROM instances i JOIN series r ON r.id = i.series_key JOIN studies t ON t.id = r.study_key WHERE i.sop_instance_uid = j.sop_instance_uid)))
        """;

    /// <summary>What is wrong with a class: a sentence each, with the name of the member before it.</summary>
    public static IReadOnlyList<string> Faults(RetentionClass given)
    {
        var faults = new List<string>();
        if (!Routing.RoutingValidation.IsName(given.Name)) faults.Add("name: 1 to 64 letters, digits, hyphens and underscores.");
        if (given.Description.Length > 256 || given.Description.Any(char.IsControl)) faults.Add("description: up to 256 characters, none of them a control character.");
        if (given.DaysSinceReceived is < 0 or > 36_500) faults.Add("daysSinceReceived: from 0 to 36500.");
        if (given.DaysSinceStudyDate is < 0 or > 36_500) faults.Add("daysSinceStudyDate: from 0 to 36500.");
        if (given is { DaysSinceReceived: null, DaysSinceStudyDate: null }) faults.Add("daysSinceReceived, daysSinceStudyDate: one of the two has to be given.");
        if (given.Modalities is { } modalities && (modalities.Count is 0 or > 100 || !modalities.All(m => m is { Length: > 0 and <= 16 }))) faults.Add("modalities: 1 to 100; left out for all.");
        return faults;
    }

    /// <summary>All, by name.</summary>
    /// <exception cref="UnreadableSettingsException">One cannot be read.</exception>
    public async Task<IReadOnlyList<RetentionClass>> ListAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT name, (settings || jsonb_build_object('name', name))::text FROM retention_classes ORDER BY name");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await AccessJson.ReadAllAsync<RetentionClass>(reader, Resource, unreadable: null, cancellation);
    }

    /// <summary>Adds the class or changes it, for all studies that have it.</summary>
    /// <returns>Whether it is new.</returns>
    public async Task<bool> PutAsync(RetentionClass given, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            INSERT INTO retention_classes (name, settings) VALUES ($1, $2 - 'name')
            ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, updated_at = now() RETURNING xmax = 0
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, given.Name));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Jsonb, AccessJson.Write(given)));
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Removes the class: studies that have it stay, until there is one of its name again.</summary>
    /// <returns>Whether it was there.</returns>
    public async Task<bool> RemoveAsync(string name, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("DELETE FROM retention_classes WHERE name = $1");
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, name));
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }

    /// <summary>What would be deleted now, the longest unchanged first.</summary>
    public async Task<IReadOnlyList<RetentionStudy>> ListDueAsync(int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"""
            SELECT d.study, d.class, d.rule, count(*)::int, sum(i.blob_length)::bigint
            FROM (SELECT s.id, s.updated_at, s.study_instance_uid AS study, a.class, a.rule, c.settings -> 'modalities' AS modalities {Due} ORDER BY s.updated_at, s.id LIMIT $2) d
            JOIN series r ON r.study_key = d.id AND (d.modalities IS NULL OR d.modalities ? r.modality) JOIN instances i ON i.series_key = r.id
            GROUP BY d.id, d.updated_at, d.study, d.class, d.rule ORDER BY d.updated_at, d.id
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, ""));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, limit));
        return await JobRows.ReadAllAsync(command, r => new RetentionStudy(r.GetString(0), r.GetString(1), r.GetString(2), r.GetInt32(3), r.GetInt64(4)), cancellation);
    }

    /// <summary>Deletes what the class of the study allows, if its time is still over when nothing can be added to it any more.</summary>
    /// <returns>How many objects went; 0 when the study stays.</returns>
    public async Task<int> DeleteAsync(string studyInstanceUid, CancellationToken cancellation)
    {
        var series = await ListSeriesAsync(studyInstanceUid, cancellation);
        if (series is null) return 0;
        var count = await deletion.DeleteIfAsync(studyInstanceUid, series, sql => sql.Query($"SELECT 1 {Due}", r => r.GetInt32(0), P(studyInstanceUid)).Count > 0, cancellation);
        await using var forget = database.CreateCommand("DELETE FROM retention_studies WHERE study_instance_uid = $1 AND NOT EXISTS (SELECT FROM studies WHERE study_instance_uid = $1)");
        forget.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, studyInstanceUid));
        await forget.ExecuteNonQueryAsync(cancellation);
        return count;
    }

    /// <summary>Makes a job of what is due, unless one is under way.</summary>
    /// <returns>How many studies it is about.</returns>
    public async Task<int> PlanAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var turn = new NpgsqlCommand(
            $"""
            SELECT pg_try_advisory_xact_lock(x'504143530017'::bigint)
               AND NOT EXISTS (SELECT FROM jobs WHERE kind = '{JobKind}' AND state IN ({(int)JobState.Queued}, {(int)JobState.Running}, {(int)JobState.Waiting}, {(int)JobState.Paused}))
            """, connection);
        if (await turn.ExecuteScalarAsync(cancellation) is not true) return 0;
        var due = await ListDueAsync(BatchSize, cancellation);
        if (due.Count == 0) return 0;
        await JobService.InsertAsync(connection, new JobRequest(JobKind) { Cause = "retention" }, [.. due.Select(d => new JobItem(d.StudyInstanceUid, d.Bytes))], cancellation);
        await transaction.CommitAsync(cancellation);
        return due.Count;
    }

    /// <summary>The series that may go, none for the whole study; null when nothing may.</summary>
    private async Task<IReadOnlyList<string>?> ListSeriesAsync(string study, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT c.settings -> 'modalities' IS NULL, r.series_instance_uid
            FROM retention_studies a JOIN retention_classes c ON c.name = a.class JOIN studies s USING (study_instance_uid) JOIN series r ON r.study_key = s.id
            WHERE a.study_instance_uid = $1 AND (c.settings -> 'modalities' IS NULL OR c.settings -> 'modalities' ? r.modality)
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, study));
        var rows = await JobRows.ReadAllAsync(command, r => (IsWhole: r.GetBoolean(0), Series: r.GetString(1)), cancellation);
        return rows.Count == 0 ? null : rows[0].IsWhole ? [] : [.. rows.Select(r => r.Series)];
    }
}
