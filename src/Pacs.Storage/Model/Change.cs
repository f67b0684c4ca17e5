namespace Pacs.Storage.Model;

/// <summary>
/// One line of the change feed. Readers order by (<see cref="TransactionId"/>, Id) and stop before
/// <c>pg_snapshot_xmin(pg_current_snapshot())</c>: then none is missed.
/// </summary>
public sealed class Change
{
    public long Id { get; set; }

    /// <summary>PostgreSQL's xid8 of the transaction that made the change.</summary>
    public ulong TransactionId { get; set; }

    public ChangeKind Kind { get; set; }
    public string StudyInstanceUid { get; set; } = "";

    /// <summary>Empty when the change is of a whole study.</summary>
    public string SeriesInstanceUid { get; set; } = "";

    /// <summary>Empty when the change is of a whole study or series.</summary>
    public string SopInstanceUid { get; set; } = "";

    public DateTimeOffset At { get; set; }

    /// <summary>Of <see cref="ChangeKind.StudyCompleted"/>; null for others.</summary>
    public CompletionReason? Reason { get; set; }

    /// <summary>Of <see cref="ChangeKind.Routed"/>: name of the routing rule; null for others.</summary>
    public string? Rule { get; set; }

    /// <summary>Of <see cref="ChangeKind.Routed"/>: the webhooks that the rule names; null for those that follow this kind. The feed tells it in any case.</summary>
    public long[]? Webhooks { get; set; }
}
