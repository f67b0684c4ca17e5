using System.Text.RegularExpressions;
using Pacs.TestKit.Processes;

namespace Pacs.Conventions.Tests;

public sealed partial class ConformanceTests
{
    /// <summary>The Conformance Statement names the tests that prove it as `Class.Method` or `Class`.</summary>
    [Fact]
    public void Statement_EveryTestItNames_Exists()
    {
        var known = KnownTests();
        Conventions.AssertNone(
            from file in Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, "docs", "conformance"), "*.md", SearchOption.AllDirectories)
            from match in TestName().Matches(File.ReadAllText(file)).Cast<Match>()
            let name = match.Groups[1].Value
            where !known.Contains(name)
            select $"{Path.GetFileName(file)}: {name}",
            "A claim of the Conformance Statement names tests that exist.");
    }

    [Fact]
    public void Statement_EveryClaim_NamesATest() => Conventions.AssertNone(
        from file in Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, "docs", "conformance"), "*.md", SearchOption.AllDirectories)
        let lines = File.ReadAllLines(file)
        from line in ClaimsOf(lines)
        where !TestName().IsMatch(line)
        select $"{Path.GetFileName(file)}: {line}",
        "Each row of a table with a column \"Test\" names one.");

    /// <summary>Test classes, and their methods as <c>Class.Method</c>.</summary>
    internal static IReadOnlySet<string> KnownTests() => SourceFile.All.Where(f => f.IsTest).SelectMany(Names).ToHashSet();

    private static IEnumerable<string> Names(SourceFile file)
    {
        foreach (var type in file.Types)
        {
            yield return type;
            foreach (Match method in Method().Matches(file.Text)) yield return $"{type}.{method.Groups[1].Value}";
        }
    }

    private static IEnumerable<string> ClaimsOf(string[] lines)
    {
        var isProven = false;
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith('|')) isProven = false;
            else if (i > 0 && isProven && !lines[i].StartsWith("|-", StringComparison.Ordinal)) yield return lines[i];
            else if (lines[i].TrimEnd().EndsWith("Test |", StringComparison.Ordinal)) isProven = true;
        }
    }

    [GeneratedRegex(@"`(\w+Tests(?:\.\w+)?)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"public (?:async )?(?:void|Task) (\w+)\(")]
    private static partial Regex Method();
}
