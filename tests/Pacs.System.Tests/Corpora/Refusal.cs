using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Corpora;

/// <summary>A line of <c>refusals.tsv</c>: a file that is not taken, or not by every way.</summary>
/// <param name="Path">In the corpus.</param>
/// <param name="CStore">Status, "no context" when none is accepted for its SOP class, "not sent" when there is nothing to propose; empty when it is stored.</param>
/// <param name="Stow">Failure reason; empty when it is stored.</param>
/// <param name="Reason">For a person.</param>
internal sealed record Refusal(string Path, string CStore, string Stow, string Reason)
{
    public const string NoContext = "no context";
    public const string NotSent = "not sent";

    public static IReadOnlyDictionary<string, Refusal> All { get; } =
        File.ReadLines(global::System.IO.Path.Combine(RepositoryPaths.Root, "tests", "Pacs.System.Tests", "Corpora", "refusals.tsv"))
            .Skip(1).Select(l => l.Split('\t')).Select(c => new Refusal(c[0], c[1], c[2], c[3])).ToDictionary(r => r.Path);
}
