namespace Pacs.TestKit.Soak;

/// <summary>What a soak found.</summary>
/// <param name="Associations">Connections that were made.</param>
/// <param name="Elapsed">Time they took.</param>
/// <param name="Visits">How many of each kind.</param>
/// <param name="Checks">What has to hold.</param>
/// <param name="Faults">Polite visits that failed, by message.</param>
public sealed record SoakReport(int Associations, TimeSpan Elapsed, IReadOnlyDictionary<string, int> Visits, IReadOnlyList<SoakCheck> Checks, IReadOnlyList<string> Faults)
{
    public bool Passed => Checks.All(c => c.Passed);

    public override string ToString() => string.Join('\n',
    [
        $"{Associations:N0} connections in {Elapsed.TotalSeconds:N0} s: {string.Join(", ", Visits.OrderByDescending(v => v.Value).Select(v => $"{v.Value} {v.Key}"))}.",
        "",
        "| | after warm-up | at the end | allowed | |",
        "|-|-|-|-|-|",
        .. Checks,
        .. Faults.Distinct().Take(20),
    ]);
}
