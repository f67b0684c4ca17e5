namespace Pacs.Conventions.Tests;

internal static class Conventions
{
    /// <summary>Fails with all violations at once, so that one run tells everything there is to mend.</summary>
    public static void AssertNone(IEnumerable<string> violations, string rule)
    {
        var found = violations.ToList();
        Assert.True(found.Count == 0, $"{rule}{Environment.NewLine}{string.Join(Environment.NewLine, found)}");
    }
}
