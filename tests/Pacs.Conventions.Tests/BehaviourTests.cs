using Pacs.TestKit.Conformance;

namespace Pacs.Conventions.Tests;

/// <summary>The behaviours that the conformance statement promises by number are all there, each with tests that exist.</summary>
public sealed class BehaviourTests
{
    /// <summary>Receiving, associations, query and retrieve; DICOMweb.</summary>
    private static readonly string[] Promised =
        [.. Enumerable.Range(1, 13).Select(n => $"R{n}"), .. Enumerable.Range(1, 10).Select(n => $"A{n}"), .. Enumerable.Range(1, 8).Select(n => $"Q{n}"), .. Enumerable.Range(1, 8).Select(n => $"QIDO{n}")];

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
