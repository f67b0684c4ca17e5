namespace Pacs.TestKit.Soak;

/// <summary>One line of a soak's table.</summary>
/// <param name="What">What was looked at.</param>
/// <param name="Before">After the warm-up.</param>
/// <param name="After">At the end.</param>
/// <param name="Allowed">At most so much at the end.</param>
public sealed record SoakCheck(string What, long Before, long After, long Allowed)
{
    public bool Passed => After <= Allowed;

    public override string ToString() => $"| {What} | {Before:N0} | {After:N0} | {Allowed:N0} | {(Passed ? "pass" : "FAIL")} |";
}
