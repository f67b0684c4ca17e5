using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries.Sql;

/// <summary>An attribute that has a column.</summary>
/// <param name="Tag">The attribute.</param>
/// <param name="Level">Of the table that has the column; an attribute of no table is of the highest level, and so at hand at every one.</param>
/// <param name="Kind">How it is kept.</param>
/// <param name="Sql">The column, or an expression: p, s, r, i are patients, studies, series, instances.</param>
/// <param name="IsReturned">Answers take it from here; others from the level's attributes, as received.</param>
internal sealed record QueryColumn(Tag Tag, QueryLevel Level, ColumnKind Kind, string Sql, bool IsReturned = false)
{
    /// <summary>A copy of a patient's column in studies, so that a search for studies need not look up each one's patient.</summary>
    public string? CopyInStudies { get; init; }

    /// <summary>
    /// Values grow as studies come in: those of an old date lie together, far from the newest. The planner takes them to be
    /// spread evenly, and would walk from the newest study through all of them.
    /// </summary>
    public bool FollowsArrival { get; init; }

    /// <summary>An expression that is another at each level.</summary>
    public Func<QueryLevel, string>? SqlOfLevel { get; init; }

    /// <summary>As a query at the level sees it.</summary>
    public QueryColumn At(QueryLevel level) =>
        SqlOfLevel is { } sql ? this with { Level = level, Sql = sql(level) }
        : level > QueryLevel.Patient && CopyInStudies is { } copy ? this with { Level = QueryLevel.Study, Sql = copy } : this;
}
