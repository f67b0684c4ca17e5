namespace Pacs.Storage.Hosting;

/// <summary>Bounds of queries.</summary>
public sealed record QueryOptions
{
    /// <summary>
    /// Seconds to look for the next match before a query is refused as too broad (C-FIND A700, QIDO-RS 413). Only queries
    /// that no column narrows, in a large archive, ever need them. Default 10.
    /// </summary>
    public double TimeBudgetSeconds { get; init; } = 10;
}
