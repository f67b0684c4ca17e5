using System.Globalization;
using Pacs.Fuzz.Tests.Fuzzing;
using Pacs.Fuzz.Tests.Targets;
using Xunit.Abstractions;

namespace Pacs.Fuzz.Tests;

/// <summary>
/// A minute of nonsense for everything that reads what strangers send, the same nonsense in every run so that it tells of a
/// change and not of luck; <c>./pacs fuzz --seconds N</c> for other nonsense, and for longer. The minute is shared by the
/// targets, so that it stays one when there are more of them.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly FuzzTarget[] Targets =
    [
        new PduTarget(), new CommandSetTarget(), .. DatasetTarget.All, new Part10Target(), new CompactHeaderTarget(), new JsonTarget(), new XmlTarget(),
        new MultipartTarget(), new TextTarget(), new ImageTarget(), new StoreMetadataTarget(),
    ];

    public static TheoryData<string> Names => [.. Targets.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_MutatedInputs_KeepTheRules(string name)
    {
        var seed = (int)Setting("PACS_FUZZ_SEED", 1);
        var time = TimeSpan.FromSeconds(Setting("PACS_FUZZ_SECONDS", 60) / Targets.Length);
        var runs = new Fuzzer(Targets.Single(t => t.Name == name), seed).Run(time);
        output.WriteLine($"{name}: {runs} inputs in {time.TotalSeconds:F1} s, PACS_FUZZ_SEED={seed}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_PastFindings_KeepTheRules(string name)
    {
        var fuzzer = new Fuzzer(Targets.Single(t => t.Name == name), 0);
        Assert.All(Fuzzer.CorpusOf(Targets.Single(t => t.Name == name)), file => fuzzer.Check(File.ReadAllBytes(file)));
    }

    private static double Setting(string name, double otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
