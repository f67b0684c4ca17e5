using System.Text.Json.Serialization;

namespace Pacs.Storage.Routing;

/// <summary>What follows from objects that come in: conditions, and what is done with the objects that meet them.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RoutingRule
{
    /// <summary>1 to 64 letters, digits, hyphens and underscores.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Rules are tried from the lowest on, at one position by name. At least 1; leave gaps.</summary>
    public int Position { get; init; }

    /// <summary>What it is for: for people and the log.</summary>
    public string Description { get; init => field = value ?? ""; } = "";

    /// <summary>False: no object is held against it, and what waits for it goes on waiting. Default true.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Default <see cref="RoutingTrigger.Object"/>.</summary>
    public RoutingTrigger Trigger { get; init; }

    /// <summary>Seconds without another object of the series after which <see cref="RoutingTrigger.Series"/> takes it for complete, 1 to 86,400. Default 30.</summary>
    public int QuietSeconds { get; init; } = 30;

    /// <summary>What an object has to be like. Left out: any object.</summary>
    public RoutingCondition? Condition { get; init; }

    /// <summary>Later rules are not tried with the objects that this one takes. Default false.</summary>
    public bool Stop { get; init; }

    /// <summary>What is done, 1 to 20.</summary>
    public IReadOnlyList<RoutingAction> Actions { get; init => field = value ?? []; } = [];
}
