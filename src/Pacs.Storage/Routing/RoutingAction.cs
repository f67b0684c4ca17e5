using System.Text.Json.Serialization;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;

namespace Pacs.Storage.Routing;

/// <summary>One thing that a rule asks for. Which members it has depends on its kind.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RoutingAction
{
    /// <summary>Default <see cref="RoutingActionKind.Forward"/>.</summary>
    public RoutingActionKind Kind { get; init; }

    /// <summary>Forward, Notify: AE titles of the peers. Prefetch: of those to fetch from.</summary>
    public IReadOnlyList<string> Destinations { get; init => field = value ?? []; } = [];

    /// <summary>Forward: which of several destinations. Default <see cref="DestinationChoice.All"/>.</summary>
    public DestinationChoice Choice { get; init; }

    /// <summary>Of its jobs. Default <see cref="JobPriority.Normal"/>.</summary>
    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <summary>Forward: only objects that meet it are sent. Of attributes, modality and SOP class.</summary>
    public RoutingCondition? Filter { get; init; }

    /// <summary>Forward: changes of what is sent, in this order. What is stored stays as it is.</summary>
    public IReadOnlyList<AttributeChange> Coerce { get; init => field = value ?? []; } = [];

    /// <summary>Forward: the peer is asked to commit what it was sent. Default false.</summary>
    public bool Commit { get; init; }

    /// <summary>Notify: by which service. Null for <see cref="PeerNotification.InstanceAvailability"/>.</summary>
    public PeerNotification? Notification { get; init; }

    /// <summary>Notify: the change feed tells of what the rule took – each object, series or study, as its trigger has it –, and with it the webhooks that follow it (kind <c>Routed</c>). Default false.</summary>
    public bool Webhooks { get; init; }

    /// <summary>Notify: identifiers of the webhooks that are told the same instead, whatever they follow; no others are. Default none.</summary>
    public IReadOnlyList<long> WebhookIds { get; init => field = value ?? []; } = [];

    /// <summary>Webhooks are told: those that follow it, or those that it names.</summary>
    [JsonIgnore]
    public bool TellsWebhooks => Webhooks || WebhookIds.Count > 0;

    /// <summary>Prefetch: how many studies at most, 1 to 100. Default 3.</summary>
    public int Studies { get; init; } = 3;

    /// <summary>Prefetch: only studies with the modality of the object. Default false.</summary>
    public bool SameModality { get; init; }

    /// <summary>Prefetch: only studies of the body part of the object. Default false.</summary>
    public bool SameBodyPart { get; init; }

    /// <summary>Retention: name of the class.</summary>
    public string? RetentionClass { get; init; }

    /// <summary>Not possible yet: a rule that has it is refused.</summary>
    public string? Anonymize { get; init; }

    /// <summary>Not possible yet: a rule that has it is refused.</summary>
    public string? Transcode { get; init; }
}
