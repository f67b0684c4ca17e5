namespace Pacs.Storage.Hosting;

/// <summary>Bounds of queries.</summary>
[AtOnce]
public sealed record QueryOptions
{
    /// <summary>
    /// Seconds to look for the next match before a query is refused as too broad (C-FIND A700, QIDO-RS 413). Only queries
    /// that no column narrows, in a large archive, ever need them. Default 10.
    /// </summary>
    public double TimeBudgetSeconds { get; init; } = 10;

    /// <summary>
    /// Matches in one answer of QIDO-RS at most: a request for more gets this many, and the warning that there are more.
    /// A search within one study that names no limit is answered whole. Default 10,000.
    /// </summary>
    public int MaxPageSize { get; init; } = 10_000;

    /// <summary>Matches behind a page that QIDO-RS counts; of more it says that they are more than this. Default 1,000.</summary>
    public int MaxCounted { get; init; } = 1_000;

    /// <summary>QIDO-RS answers a search without matches with 204 and no body, as up to PS3.18 2024e, rather than with 200 and an empty list. Default false.</summary>
    public bool NoContentWhenEmpty { get; init; }
}
