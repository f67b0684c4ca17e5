using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>One search of several archives.</summary>
/// <param name="Query">What is wanted; its limit and offset do not count.</param>
public sealed record SearchRequest(QuerySpec Query)
{
    /// <summary>AE titles of peers. Null for all that are searchable.</summary>
    public IReadOnlyList<string>? Peers { get; init; }

    /// <summary>This archive is searched as well. Default false.</summary>
    public bool IncludesThisArchive { get; init; }

    /// <summary>For each source. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Matches of each source at most. Default 500.</summary>
    public int Limit { get; init; } = 500;
}
