namespace Pacs.Storage.Changes;

/// <summary>Some of the change feed.</summary>
public sealed record ChangePage
{
    /// <summary>In the order of the feed; of the kinds asked for.</summary>
    public required IReadOnlyList<ChangeEvent> Changes { get; init; }

    /// <summary>Where to go on from: what comes after these. There also when there are none.</summary>
    public required string Next { get; init; }

    /// <summary>There is more to read at once. False: the end of the feed, for now.</summary>
    public required bool HasMore { get; init; }
}
