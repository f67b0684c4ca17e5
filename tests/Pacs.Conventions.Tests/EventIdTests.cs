using System.Globalization;
using System.Text.RegularExpressions;

namespace Pacs.Conventions.Tests;

/// <summary>An event of the log is known by its number, whichever roles a process has: each component has a range of its own, and says which.</summary>
public sealed partial class EventIdTests
{
    private static readonly IReadOnlyList<(SourceFile File, int From, int To, IReadOnlyList<int> Ids)> Logs =
    [
        .. from file in SourceFile.All
           where file.IsProduct
           let ids = Message().Matches(file.Text).Select(m => Number(m.Groups[1])).ToList()
           where ids.Count > 0
           let range = Range().Match(file.Text)
           select (file, range.Success ? Number(range.Groups[1]) : 0, range.Success ? Number(range.Groups[2]) : 0, (IReadOnlyList<int>)ids),
    ];

    [Fact]
    public void EventIds_EveryComponent_AreOnceAndOfItsRange() => Conventions.AssertNone(
        from log in Logs
        let wrong = log.Ids.Where(id => id < log.From || id > log.To || log.Ids.Count(i => i == id) > 1).Distinct().ToList()
        where wrong.Count > 0
        select $"{log.File.Path}: {string.Join(", ", wrong)}",
        "The summary of a component's log says \"Event identifiers 2000–2099.\", and each message has one of them to itself.");

    [Fact]
    public void Ranges_OfTwoComponents_HaveNothingInCommon() => Conventions.AssertNone(
        from one in Logs
        from other in Logs
        where string.CompareOrdinal(one.File.Path, other.File.Path) < 0 && one.From <= other.To && other.From <= one.To
        select $"{one.File.Path}: {one.From}–{one.To}, {other.File.Path}: {other.From}–{other.To}",
        "A range of event identifiers is of one component.");

    private static int Number(Group text) => int.Parse(text.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\[LoggerMessage\((\d+),")]
    private static partial Regex Message();

    [GeneratedRegex(@"Event identifiers (\d+)–(\d+)\.")]
    private static partial Regex Range();
}
