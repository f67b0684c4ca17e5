namespace Pacs.Storage.Routing;

/// <summary>What an action would do.</summary>
/// <param name="Kind">Of the action.</param>
public sealed record DryRunAction(RoutingActionKind Kind)
{
    /// <summary>Peers that would get it, or be asked.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Peers that would not get it because it comes from them, and why that is thought.</summary>
    public IReadOnlyList<string> Cut { get; init; } = [];

    /// <summary>Webhooks would be told.</summary>
    public bool Webhooks { get; init; }

    /// <summary>Class that the study would get.</summary>
    public string? RetentionClass { get; init; }

    /// <summary>What of its filter keeps the object back.</summary>
    public string? Because { get; init; }
}
