namespace Pacs.Storage.Model;

/// <summary>Outbound work. Its objects are <see cref="JobObjectRow"/>s.</summary>
public sealed class JobRow
{
    public long Id { get; set; }

    /// <summary><c>forward</c>, …</summary>
    public string Kind { get; set; } = "";

    /// <summary>What the kind needs to know, as JSON.</summary>
    public string Parameters { get; set; } = "{}";

    public JobState State { get; set; }
    public int Attempts { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>When a waiting job is due.</summary>
    public DateTimeOffset NextAttemptAt { get; set; }

    /// <summary>The process that runs it.</summary>
    public string? Owner { get; set; }

    /// <summary>Until then the owner is believed to be alive.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Why the last attempt failed, for a person.</summary>
    public string? Error { get; set; }
}
