using System.Text.RegularExpressions;
using Pacs.TestKit.Processes;

namespace Pacs.Conventions.Tests;

public sealed partial class CodeStyleTests
{
    [Fact]
    public void Faults_Nowhere_AreSwallowed() => Conventions.AssertNone(
        from file in SourceFile.All where EmptyCatch().IsMatch(file.Text) select file.Path,
        "A catch does something, or says why there is nothing to do.");

    [Fact]
    public void Regions_Nowhere_AreUsed() => AssertNowhere(Region(), "A file that needs regions needs splitting.");

    [Fact]
    public void Loose_Ends_AreNotLeft() => AssertNowhere(LooseEnd(), "What is missing is done or in the tracker, not in the code.");

    [Fact]
    public void Tests_Never_SleepOrSkip() => Conventions.AssertNone(
        SourceFile.All.Where(f => f.IsTest && f.Name is not (nameof(CodeStyleTests) or "Eventually")).SelectMany(f => f.Places(SleepOrSkip())),
        "Tests wait for conditions (Eventually) and are never skipped.");

    [Fact]
    public void Paths_OfOneMachine_AreNotNamed() => AssertInNoFile(MachinePath(), "A path of one machine is in the repository.");

    [Fact]
    public void Merges_Everywhere_AreResolved() => AssertInNoFile(MergeMarker(), "Both sides of a merge are in the repository.");

    private static void AssertInNoFile(Regex pattern, string rule) => Conventions.AssertNone(
        from path in Directory.EnumerateFiles(RepositoryPaths.Root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        let relative = Path.GetRelativePath(RepositoryPaths.Root, path).Replace('\\', '/')
        where !NotOurs().IsMatch(relative) && !relative.EndsWith(nameof(CodeStyleTests) + ".cs", StringComparison.Ordinal)
        from line in File.ReadLines(path)
        where pattern.IsMatch(line)
        select $"{relative}: {line.Trim()}",
        rule);

    private static void AssertNowhere(Regex pattern, string rule) =>
        Conventions.AssertNone(SourceFile.All.Where(f => f.Name != nameof(CodeStyleTests)).SelectMany(f => f.Places(pattern)), rule);

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*(when\s*\([^{]*\)\s*)?\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"^\s*#region")]
    private static partial Regex Region();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex LooseEnd();

    [GeneratedRegex(@"Thread\.Sleep\(|Task\.Delay\(|\bSkip\s*=")]
    private static partial Regex SleepOrSkip();

    [GeneratedRegex(@"^(\.git|.*/(bin|obj|node_modules)|data|artifacts)(/|$)|\.(dll|so|png|ico|dcm)$")]
    private static partial Regex NotOurs();

    [GeneratedRegex(@"(^|[\s""'=:(])/(work|farm|home/\w+)/")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"^(<{7} |>{7} |={7}$)")]
    private static partial Regex MergeMarker();
}
