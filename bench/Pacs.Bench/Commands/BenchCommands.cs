using System.CommandLine;
using Pacs.Bench.Forwarding;
using Pacs.Bench.Measurement;
using Pacs.Bench.Objects;
using Pacs.Bench.Queries;
using Pacs.Bench.Workloads;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.TestKit.Soak;

namespace Pacs.Bench.Commands;

/// <summary>The command line: single workloads against any server, or the standard set against this one and its peer.</summary>
internal static class BenchCommands
{
    private static readonly Option<int> Count = new("-n") { Description = "Objects or requests", DefaultValueFactory = _ => 1000 };
    private static readonly Option<int> Parallel = new("-k") { Description = "Associations or connections at once", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Size = new("--size") { Description = "ct (512×512×16 bit), mr (100×100×16 bit), multiframe (500 MB) or large (4.3 GB)", DefaultValueFactory = _ => "ct" };
    private static readonly Option<string> Path = new("--path") { Description = "Path of the request, below the root", Required = true };
    private static readonly Option<string?> Accept = new("--accept") { Description = "Media type" };
    private static readonly Option<string> Key = new("--key") { Description = "Key of the query, as PatientID=BENCH*", DefaultValueFactory = _ => "PatientID=BENCH*" };

    public static RootCommand Root()
    {
        var root = new RootCommand("Measures what storing, finding and fetching cost. Without a command: the standard set, this server and DCMTK's storescp side by side.");
        var quick = new Option<bool>("--quick") { Description = "A tenth of the objects: whether it works, not how fast" };
        root.Options.Add(quick);
        root.SetAction((arguments, cancellation) => StandardSet.RunAsync(arguments.GetValue(quick), cancellation));

        root.Subcommands.Add(Workload("store", "C-STORE of fresh objects", [Count, Parallel, Size], async (target, a) =>
            (await DimseWorkloads.StoreAsync(target, SizeOf(a), a.GetValue(Count), a.GetValue(Parallel))).Result));
        root.Subcommands.Add(Workload("stow", "STOW-RS of fresh objects", [Count, Parallel, Size], (target, a) =>
            HttpWorkloads.StowAsync(target, SizeOf(a), a.GetValue(Count), a.GetValue(Parallel))));
        root.Subcommands.Add(Workload("find", "C-FIND at the study level", [Count, Key], (target, a) =>
            DimseWorkloads.FindAsync(target, a.GetValue(Key)!, a.GetValue(Count), _ => Identifier(a.GetValue(Key)!))));
        root.Subcommands.Add(Workload("fetch", "GET of one path: QIDO-RS and WADO-RS", [Count, Parallel, Path, Accept], (target, a) =>
            HttpWorkloads.GetAsync(target, a.GetValue(Path)!, a.GetValue(Accept), a.GetValue(Count), a.GetValue(Parallel), _ => a.GetValue(Path)!)));
        root.Subcommands.Add(Workload("get", "C-STORE of fresh studies of 100, then C-GET of them", [Count, Size], async (target, a) =>
        {
            var (_, studies) = await DimseWorkloads.StoreAsync(target, SizeOf(a), a.GetValue(Count), 1);
            return await DimseWorkloads.GetAsync(target, studies, SizeOf(a));
        }));
        root.Subcommands.Add(Forward());
        root.Subcommands.Add(Queries());
        root.Subcommands.Add(Large());
        root.Subcommands.Add(Soak());
        return root;
    }

    private static Command Forward()
    {
        var count = new Option<int>("-n") { Description = "Objects, a multiple of 100", DefaultValueFactory = _ => 1000 };
        var command = new Command("forward", "Forwards studies, against dcmsend with the same files and the same receiver") { count };
        command.SetAction(arguments => ForwardBenchmark.RunAsync(arguments.GetValue(count)));
        return command;
    }

    private static Command Queries()
    {
        var studies = new Option<int>("--studies") { Description = "Studies in the index", DefaultValueFactory = _ => 10_000 };
        var folder = new Option<string>("--folder") { Description = "Keeps a private PostgreSQL with the generated indexes", DefaultValueFactory = _ => System.IO.Path.Combine(System.IO.Path.GetTempPath(), "pacs-query-bench") };
        var repetitions = new Option<int>("-n") { Description = "Runs of each query", DefaultValueFactory = _ => 200 };
        var command = new Command("queries", "Latency of everyday queries against a generated index, from key to decoded answers") { studies, folder, repetitions };
        command.SetAction((arguments, cancellation) =>
            QueryBenchmark.RunAsync(arguments.GetValue(folder)!, arguments.GetValue(studies), arguments.GetValue(repetitions), cancellation));
        return command;
    }

    private static Command Large()
    {
        var command = new Command("large", "Stores and fetches an object of 4.3 GB in every way (9 GB of temporary files): ends with 1 if that takes the server more than 150 MB above idle");
        command.SetAction(_ => LargeObject.RunAsync(ImageSize.Large));
        return command;
    }

    private static Command Soak()
    {
        var count = new Option<int>("-n") { Description = "Connections", DefaultValueFactory = _ => 10_000 };
        var command = new Command("soak", "Visits a server politely and rudely, and looks for what is left behind") { count };
        command.SetAction(async arguments =>
        {
            var report = await SoakRun.RunAsync(arguments.GetValue(count));
            Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC\n{report}");
            return report.Passed ? 0 : 1;
        });
        return command;
    }

    private static Command Workload(string name, string description, IReadOnlyList<Option> options, Func<Target, ParseResult, Task<Result>> run)
    {
        var command = new Command(name, description);
        var target = new TargetOptions();
        target.AddTo(command);
        foreach (var option in options) command.Options.Add(option);
        command.SetAction(async arguments =>
        {
            var result = await run(target.Read(arguments), arguments);
            Console.WriteLine(Result.Header);
            Console.WriteLine(result);
            return result.Samples.Failures == 0 ? 0 : 1;
        });
        return command;
    }

    private static ImageSize SizeOf(ParseResult arguments) =>
        ImageSize.All.FirstOrDefault(s => s.Name == arguments.GetValue(Size)) ?? throw new FormatException($"Sizes are {string.Join(", ", ImageSize.All.Select(s => s.Name))}.");

    private static DicomDataset Identifier(string key)
    {
        var (name, value) = key.Split('=') is [var left, var right] ? (left, right) : throw new FormatException($"{key} is no key: keyword=value.");
        if (!DataElementDictionary.TryParse(name, out var tag)) throw new FormatException($"{name} is no keyword of PS3.6.");
        return new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(tag, value).Set(Tags.StudyInstanceUID, "");
    }
}
