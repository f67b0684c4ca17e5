using Npgsql;
using NpgsqlTypes;

namespace Pacs.Storage.Jobs;

/// <summary>Rows of jobs and job_objects as records.</summary>
internal static class JobRows
{
    public const string Columns =
        "id, kind, state, peer, study_instance_uid, series_instance_uid, sop_instance_uid, message, objects_total, objects_done, objects_failed, " +
        "attempts, created_at, started_at, finished_at, next_attempt_at, run";

    public static Job ReadJob(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Kind = row.GetString(1),
        State = (JobState)row.GetInt16(2),
        Peer = TextOrNull(row, 3),
        StudyInstanceUid = TextOrNull(row, 4),
        SeriesInstanceUid = TextOrNull(row, 5),
        SopInstanceUid = TextOrNull(row, 6),
        Message = row.GetString(7),
        ObjectsTotal = row.GetInt32(8),
        ObjectsDone = row.GetInt32(9),
        ObjectsFailed = row.GetInt32(10),
        Attempts = row.GetInt32(11),
        CreatedAt = row.GetFieldValue<DateTimeOffset>(12),
        StartedAt = TimeOrNull(row, 13),
        FinishedAt = TimeOrNull(row, 14),
        NextAttemptAt = (JobState)row.GetInt16(2) == JobState.Waiting ? TimeOrNull(row, 15) : null,
    };

    public static JobObject ReadObject(NpgsqlDataReader row) => new()
    {
        Number = row.GetInt32(0),
        SopInstanceUid = row.GetString(1),
        State = (JobState)row.GetInt16(2),
        Status = row.IsDBNull(3) ? null : row.GetInt32(3),
        Message = row.GetString(4),
        Attempts = row.GetInt32(5),
        UpdatedAt = row.GetFieldValue<DateTimeOffset>(6),
    };

    public static NpgsqlParameter Parameter(NpgsqlDbType type, object? value) => new() { NpgsqlDbType = type, Value = value ?? DBNull.Value };

    public static async Task<List<T>> ReadAllAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? TimeOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
