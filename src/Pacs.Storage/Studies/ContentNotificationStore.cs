using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Studies;

/// <summary>Study content notifications that came, each compared with the index when it did.</summary>
public sealed class ContentNotificationStore(NpgsqlDataSource database)
{
    private const string Columns = "id, sender, study_instance_uid, objects_listed, objects_missing, objects_different, received_at";
    private const int MaxPage = 1000;

    /// <summary>Compares and keeps it.</summary>
    /// <param name="sender">Calling AE title.</param>
    /// <param name="studyInstanceUid">The study.</param>
    /// <param name="objects">SOP Class and Instance UIDs of what it is said to consist of.</param>
    /// <param name="cancellation">Ends it; nothing is kept then.</param>
    public async Task<ContentNotification> AddAsync(
        string sender, string studyInstanceUid, IReadOnlyList<(string SopClassUid, string SopInstanceUid)> objects, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            $"""
            INSERT INTO content_notifications (sender, study_instance_uid, objects_listed, objects_missing, objects_different)
            SELECT $1, $2, count(*), count(*) FILTER (WHERE i.id IS NULL), count(*) FILTER (WHERE i.sop_class_uid <> o.class OR s.study_instance_uid <> $2)
            FROM (SELECT DISTINCT ON (uid) class, uid FROM unnest($3::text[], $4::text[]) u (class, uid)) o
            LEFT JOIN instances i ON i.sop_instance_uid = o.uid LEFT JOIN series r ON r.id = i.series_key LEFT JOIN studies s ON s.id = r.study_key
            RETURNING {Columns}
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, sender));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, studyInstanceUid));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, objects.Select(o => o.SopClassUid).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, objects.Select(o => o.SopInstanceUid).ToArray()));
        return (await JobRows.ReadAllAsync(command, Read, cancellation))[0];
    }

    /// <summary>Newest first, at most <paramref name="limit"/> of them, older than the given one.</summary>
    public async Task<IReadOnlyList<ContentNotification>> ListAsync(long? before, int limit, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"SELECT {Columns} FROM content_notifications WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2");
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Bigint, before));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, Math.Clamp(limit, 1, MaxPage)));
        return await JobRows.ReadAllAsync(command, Read, cancellation);
    }

    private static ContentNotification Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Sender = row.GetString(1),
        StudyInstanceUid = row.GetString(2),
        ObjectsListed = row.GetInt32(3),
        ObjectsMissing = row.GetInt32(4),
        ObjectsDifferent = row.GetInt32(5),
        ReceivedAt = row.GetFieldValue<DateTimeOffset>(6),
    };
}
