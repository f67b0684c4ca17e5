using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Pacs.Storage.Jobs;

/// <summary>Rows of jobs and job_objects as records.</summary>
internal static class JobRows
{
    /// <summary>Why the queue <c>q</c> does not go on: what holds it longest. Only of a peer that is away it is kept.</summary>
    public const string Reason =
        """
        CASE WHEN q.is_held THEN 'Held by a person: POST /api/v1/peers/' || q.peer || '/queue/release'
             WHEN q.closed_until IS NOT NULL THEN 'Outside the hours of operation of ' || q.peer
             ELSE q.reason END
        """;

    /// <summary>What <see cref="ReadJob"/> reads of <see cref="Tables"/>. A queued job whose peer's queue does not go on waits with it.</summary>
    public const string Columns =
        $"""
        j.id, j.kind, CASE WHEN j.state = 0 AND q.peer IS NOT NULL THEN 2::smallint ELSE j.state END, j.priority, j.peer, j.alternates,
        j.study_instance_uid, j.series_instance_uid, j.sop_instance_uid, j.parameters::text, j.cause,
        CASE WHEN j.state = 0 AND q.peer IS NOT NULL THEN {Reason} ELSE j.message END,
        j.objects_total, j.objects_done, j.objects_warned, j.objects_failed, j.bytes_total, j.bytes_done, j.attempts, j.created_at, j.started_at, j.finished_at,
        CASE WHEN j.state = 2 THEN j.next_attempt_at WHEN j.state = 0 AND NOT q.is_held THEN greatest(q.away_until, q.closed_until) END,
        extract(epoch FROM clock_timestamp() - j.run_started_at)::float8, j.objects_done - j.run_objects, j.bytes_done - j.run_bytes, j.run
        """;

    public const string Tables = "jobs j LEFT JOIN peer_queues q ON q.peer = j.peer";

    public const string ObjectColumns = "number, sop_instance_uid, state, status, message, attempts, bytes, started_at, finished_at, updated_at, peer";

    /// <summary>Column of the run's number.</summary>
    public const int Run = 26;

    public static Job ReadJob(NpgsqlDataReader row)
    {
        var job = new Job
        {
            Id = row.GetInt64(0),
            Kind = row.GetString(1),
            State = (JobState)row.GetInt16(2),
            Priority = (JobPriority)row.GetInt16(3),
            Peer = TextOrNull(row, 4),
            Alternates = row.GetFieldValue<string[]>(5),
            StudyInstanceUid = TextOrNull(row, 6),
            SeriesInstanceUid = TextOrNull(row, 7),
            SopInstanceUid = TextOrNull(row, 8),
            Parameters = TextOrNull(row, 9) is { } json ? JsonElement.Parse(json) : null,
            Cause = row.GetString(10),
            Message = row.GetString(11),
            ObjectsTotal = row.GetInt32(12),
            ObjectsDone = row.GetInt32(13),
            ObjectsWarned = row.GetInt32(14),
            ObjectsFailed = row.GetInt32(15),
            BytesTotal = row.GetInt64(16),
            BytesDone = row.GetInt64(17),
            Attempts = row.GetInt32(18),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(19),
            StartedAt = TimeOrNull(row, 20),
            FinishedAt = TimeOrNull(row, 21),
            NextAttemptAt = TimeOrNull(row, 22),
        };
        return job.State == JobState.Running && !row.IsDBNull(23) ? WithPace(job, row.GetDouble(23), row.GetInt32(24), row.GetInt64(25)) : job;
    }

    public static JobObject ReadObject(NpgsqlDataReader row) => new()
    {
        Number = row.GetInt32(0),
        SopInstanceUid = row.GetString(1),
        State = (JobState)row.GetInt16(2),
        Status = row.IsDBNull(3) ? null : row.GetInt32(3),
        Message = row.GetString(4),
        Attempts = row.GetInt32(5),
        Bytes = row.GetInt64(6),
        StartedAt = TimeOrNull(row, 7),
        FinishedAt = TimeOrNull(row, 8),
        UpdatedAt = row.GetFieldValue<DateTimeOffset>(9),
        Peer = TextOrNull(row, 10),
    };

    public static JobRunRecord ReadRun(NpgsqlDataReader row) => new()
    {
        Number = row.GetInt32(0),
        Peer = TextOrNull(row, 1),
        Worker = row.GetString(2),
        StartedAt = row.GetFieldValue<DateTimeOffset>(3),
        FinishedAt = TimeOrNull(row, 4),
        State = row.IsDBNull(5) ? null : (JobState)row.GetInt16(5),
        Message = row.GetString(6),
        Objects = row.GetInt32(7),
        Bytes = row.GetInt64(8),
    };

    public static NpgsqlParameter Parameter(NpgsqlDbType type, object? value) => new() { NpgsqlDbType = type, Value = value ?? DBNull.Value };

    public static async Task<List<T>> ReadAllAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }

    /// <summary>Bytes tell more than objects where they are known.</summary>
    private static Job WithPace(Job job, double seconds, int objects, long bytes)
    {
        if (seconds <= 0) return job;
        var (objectRate, byteRate) = (objects / seconds, bytes / seconds);
        // What failed is no longer to be sent: of its bytes no sum is kept, but it is about as long as the others.
        double left = job.ObjectsTotal - job.ObjectsDone - job.ObjectsFailed;
        var share = left / Math.Max(1, job.ObjectsTotal - job.ObjectsDone);
        double? remaining = bytes > 0 && job.BytesTotal > job.BytesDone ? (job.BytesTotal - job.BytesDone) * share / byteRate : objects > 0 ? left / objectRate : null;
        return job with { ObjectsPerSecond = Math.Round(objectRate, 2), BytesPerSecond = Math.Round(byteRate), RemainingSeconds = remaining is { } time ? Math.Round(time, 1) : null };
    }

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? TimeOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
