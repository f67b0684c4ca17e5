namespace Pacs.Storage.Routing;

/// <summary>A rule, and what came of it.</summary>
/// <param name="Rule">As it is now.</param>
public sealed record RoutingRuleState(RoutingRule Rule)
{
    /// <summary>Peers that it names and that are not there: what it sends to them fails. Null when all are.</summary>
    public IReadOnlyList<string>? MissingPeers { get; init; }

    /// <summary>Objects that it took and that are in no job yet: their series or study is not complete, or the rule is disabled.</summary>
    public long Waiting { get; init; }

    /// <summary>Objects that went into jobs, counted for each destination; and what webhooks were told of.</summary>
    public long Routed { get; init; }

    /// <summary>Objects that were not sent because they came from where they would have gone, counted for each destination.</summary>
    public long Cut { get; init; }

    /// <summary>Why, the last time.</summary>
    public string? LastCut { get; init; }

    /// <summary>When it last routed or cut something.</summary>
    public DateTimeOffset? LastAt { get; init; }
}
