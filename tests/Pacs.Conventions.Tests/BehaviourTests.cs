using Pacs.TestKit.Conformance;

namespace Pacs.Conventions.Tests;

/// <summary>The behaviours that the conformance statement promises by number are all there, each with tests that exist.</summary>
public sealed class BehaviourTests
{
    /// <summary>Receiving, associations, query and retrieve; DICOMweb.</summary>
    private static readonly string[] Promised =
    [
        .. new[] { ("R", 13), ("A", 10), ("Q", 8), ("STOW", 6), ("QIDO", 8), ("WADO", 6), ("WADO-P", 4), ("E", 4), ("HTTP", 3), ("WEB", 4), ("WEBU", 4), ("RT", 6), ("FETCH", 2) }
            .SelectMany(part => Enumerable.Range(1, part.Item2).Select(n => $"{part.Item1}{n}")),
    ];

    private static readonly IReadOnlyList<IReadOnlyDictionary<string, string>> Rows = ConformanceTable.Read(ConformanceTable.Behaviours);

    [Fact]
    public void Behaviours_Promised_AreAllInTheTableOnce()
    {
        Assert.Empty(Promised.Except(Rows.Select(r => r["id"])));
        Assert.Equal(Rows.Count, Rows.DistinctBy(r => r["id"]).Count());
        Assert.All(Rows, r => Assert.NotEmpty(r["behaviour"]));
    }

    [Fact]
    public void Behaviours_Each_NameTestsThatExist()
    {
        var known = ConformanceTests.KnownTests();
        Conventions.AssertNone(
            from row in Rows
            let tests = row["tests"].Split(", ", StringSplitOptions.RemoveEmptyEntries)
            let missing = tests.Length == 0 ? ["no test at all"] : tests.Where(t => !known.Contains(t)).ToArray()
            where missing.Length > 0
            select $"{row["id"]}: {string.Join(", ", missing)}",
            "A behaviour names tests that exist.");
    }
}
