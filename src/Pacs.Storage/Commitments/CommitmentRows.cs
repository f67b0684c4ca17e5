using Npgsql;

namespace Pacs.Storage.Commitments;

/// <summary>Rows of commitments and commitment_objects as records.</summary>
internal static class CommitmentRows
{
    public const string Select =
        """
        SELECT c.id, c.requester, c.called_ae_title, c.transaction_uid, c.job_id, c.objects_total, o.committed, o.failed, c.requested_at, c.verified_at, c.reported_at
        FROM commitments c CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE failure = 0)::int AS committed, count(*) FILTER (WHERE failure <> 0)::int AS failed FROM commitment_objects WHERE commitment_id = c.id
        ) o
        """;

    public const string ObjectColumns = "number, sop_class_uid, sop_instance_uid, failure, study_instance_uid, series_instance_uid";

    public static Commitment Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Requester = row.GetString(1),
        CalledAeTitle = row.GetString(2),
        TransactionUid = row.GetString(3),
        JobId = row.GetInt64(4),
        ObjectsTotal = row.GetInt32(5),
        ObjectsCommitted = row.GetInt32(6),
        ObjectsFailed = row.GetInt32(7),
        RequestedAt = row.GetFieldValue<DateTimeOffset>(8),
        VerifiedAt = row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9),
        ReportedAt = row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10),
    };

    public static CommitmentObject ReadObject(NpgsqlDataReader row)
    {
        int? failure = row.IsDBNull(3) ? null : row.GetInt32(3);
        return new CommitmentObject
        {
            Number = row.GetInt32(0),
            SopClassUid = row.GetString(1),
            SopInstanceUid = row.GetString(2),
            StudyInstanceUid = row.GetString(4) is { Length: > 0 } study ? study : null,
            SeriesInstanceUid = row.GetString(5) is { Length: > 0 } series ? series : null,
            IsCommitted = failure == 0,
            Failure = failure is null or 0 ? null : (CommitmentFailure)failure,
        };
    }
}
