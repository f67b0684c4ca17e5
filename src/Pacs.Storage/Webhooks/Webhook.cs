using Pacs.Storage.Model;

namespace Pacs.Storage.Webhooks;

/// <summary>A receiver of changes.</summary>
public sealed record Webhook
{
    public required long Id { get; init; }
    public required string Url { get; init; }

    /// <summary>What it is told of; empty for everything.</summary>
    public required IReadOnlyList<ChangeKind> Kinds { get; init; }

    /// <summary>What its deliveries are signed with. Told once: when it is made or changed.</summary>
    public string? Secret { get; init; }

    /// <summary>It is told. Else changes wait for it, as long as they are kept.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Why this archive disabled it; null when it did not.</summary>
    public string? DisabledBecause { get; init; }

    /// <summary>The job of the last delivery that was begun; it tells of waiting and failures. Done ones go with the next.</summary>
    public long? JobId { get; init; }

    /// <summary>Deliveries in a row that the receiver refused for good.</summary>
    public required int Failures { get; init; }

    /// <summary>HTTP status of the last attempt; null when there was no answer.</summary>
    public int? LastStatus { get; init; }

    /// <summary>What went wrong with the last attempt; null when nothing did.</summary>
    public string? LastMessage { get; init; }
    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>When the receiver last took something.</summary>
    public DateTimeOffset? LastDeliveryAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}
