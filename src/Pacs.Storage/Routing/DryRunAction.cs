namespace Pacs.Storage.Routing;

/// <summary>What an action would do.</summary>
/// <param name="Kind">Of the action.</param>
public sealed record DryRunAction(RoutingActionKind Kind)
{
    /// <summary>Objects that it would be about, of those that the rule takes: what its filter keeps back, and what goes nowhere because it came from there, is not among them.</summary>
    public int Objects { get; init; }

    /// <summary>Peers that would get it, or be asked.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Peers that would not get it because it comes from them, and why that is thought.</summary>
    public IReadOnlyList<string> Cut { get; init; } = [];

    /// <summary>Webhooks would be told.</summary>
    public bool Webhooks { get; init; }

    /// <summary>Which, where the rule names them; empty for those that follow what rules take.</summary>
    public IReadOnlyList<long> WebhookIds { get; init; } = [];

    /// <summary>Class that the study would get.</summary>
    public string? RetentionClass { get; init; }

    /// <summary>What of its filter keeps the object back; of several, the first that is kept back.</summary>
    public string? Because { get; init; }

    /// <summary>What it would do with the objects of both.</summary>
    internal DryRunAction And(DryRunAction other) => this with
    {
        Objects = Objects + other.Objects,
        Destinations = [.. Destinations.Union(other.Destinations)],
        Cut = [.. Cut.Union(other.Cut)],
        Because = Because ?? other.Because,
    };
}
