using Pacs.Storage.Model;

namespace Pacs.Storage.Studies;

/// <summary>How far a study is.</summary>
public sealed record StudyState
{
    public required string StudyInstanceUid { get; init; }

    /// <summary>Complete, with nothing that came since.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>When it was last found complete; null when never.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    public CompletionReason? CompletedReason { get; init; }

    public required int Instances { get; init; }

    /// <summary>Of these, those that were promised to be kept (storage commitment).</summary>
    public required int CommittedInstances { get; init; }
}
