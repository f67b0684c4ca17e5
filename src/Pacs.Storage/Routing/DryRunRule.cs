namespace Pacs.Storage.Routing;

/// <summary>What a rule says of an object, or of a study.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Fires">Whether it takes the object; of a study: some object of it.</param>
public sealed record DryRunRule(string Rule, bool Fires)
{
    public RoutingTrigger Trigger { get; init; }

    /// <summary>Objects that it takes, of those that were looked at.</summary>
    public int Objects { get; init; }

    /// <summary>Why it does not: the first condition that does not hold.</summary>
    public string? Because { get; init; }

    /// <summary>What it would do.</summary>
    public IReadOnlyList<DryRunAction> Actions { get; init; } = [];
}
