using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries.Matching;

namespace Pacs.Storage.Queries.Sql;

/// <summary>What has to be read for each candidate: to answer, and to match what SQL cannot.</summary>
internal sealed class Selection
{
    private readonly HashSet<QueryLevel> _levels;

    public Selection(QuerySpec query, IEnumerable<(QueryLevel Level, Condition Condition)> unmatched)
    {
        PrivateBlocks = query.PrivateBlocks;
        var wanted = QueryColumns.UniqueKeys(query.Level).Concat(query.Return.Select(r => r.Tags[0])).Distinct().ToList();
        Columns = query.ReturnAll
            ? [.. QueryColumns.All.Where(c => c.IsReturned && c.Level <= query.Level)]
            : [.. wanted.Select(QueryColumns.Find).OfType<QueryColumn>().Where(c => c.IsReturned && c.Level <= query.Level)];
        _levels = query.ReturnAll
            ? [.. Enum.GetValues<QueryLevel>().Where(l => l <= query.Level)]
            : [.. wanted.Where(t => QueryColumns.Find(t) is not { IsReturned: true }).Select(QueryColumns.LevelOf).Where(l => l <= query.Level)];
        _levels.UnionWith(unmatched.Select(u => u.Level));
        // Whose clock an object's dates and times are of.
        if (query is { TimezoneOffset: not null, Level: > QueryLevel.Patient }) _levels.Add(query.Level == QueryLevel.Instance ? QueryLevel.Instance : QueryLevel.Study);
    }

    /// <summary>Columns that go into the answer.</summary>
    public IReadOnlyList<QueryColumn> Columns { get; }

    /// <summary>How headers are read.</summary>
    public IReadOnlyList<PrivateBlock> PrivateBlocks { get; }

    /// <summary>Whether the level's attributes (for an instance, its header) are needed.</summary>
    public bool Needs(QueryLevel level) => _levels.Contains(level);
}
