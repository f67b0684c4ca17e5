using System.Globalization;
using System.Net.Http.Json;
using Pacs.Bench.Measurement;
using Pacs.Bench.Objects;
using Pacs.Bench.Workloads;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.Bench.Commands;

/// <summary>
/// What docs/performance.md reports: this server and DCMTK's storescp (no flush, no index: the floor of what a store costs),
/// started here, measured in turn in one run, each on data of its own. Nothing is deleted before the end: mass deletion
/// slows what follows.
/// </summary>
internal sealed class StandardSet
{
    private const string Dicom = "application/dicom; transfer-syntax=*";
    private const string DicomParts = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
    private const string Frames = "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*";
    private const string Json = "application/dicom+json";

    private readonly int _divisor;
    private readonly Target _pacs;
    private readonly Target _storescp;
    private readonly List<Result> _results = [];

    private StandardSet(Target pacs, Target storescp, int divisor) => (_pacs, _storescp, _divisor) = (pacs, storescp, divisor);

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellation)
    {
        using var folder = new TemporaryFolder();
        await using var server = await PacsServer.StartAsync(new PacsServerOptions { DataFolder = folder.File("pacs") });
        await using var storescp = await StoreScp.StartAsync(options: ["--fork", "-pdu", "131072"]);
        var set = new StandardSet(
            new Target("pacs", server.Dimse, new Uri(server.Http.BaseAddress!, "/dicomweb/"), server.ProcessIds),
            new Target("storescp", storescp.Address, null, [storescp.ProcessId]),
            quick ? 10 : 1);
        Console.WriteLine($"{Environment.ProcessorCount} processors, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, idle: {ProcessUsage.Of(server.ProcessIds).PeakBytes / 1e6:N0} MB\n\n{Result.Header}");
        await set.StoresAsync();
        cancellation.ThrowIfCancellationRequested();
        await set.FetchesAsync(server);
        await set.QueriesAsync();
        await set.MultiFrameAsync();
        set.PrintRatios();
        return set._results.Any(r => r.Samples.Failures > 0) ? 1 : 0;
    }

    private async Task StoresAsync()
    {
        foreach (var (size, associations, count) in new[] { (ImageSize.Ct, 1, 1000), (ImageSize.Ct, 10, 2000), (ImageSize.Mr, 1, 2000), (ImageSize.Mr, 10, 5000) })
        {
            // The first thousands of stores of a process compile it, more than once.
            await DimseWorkloads.StoreAsync(_pacs, size, 2000 / _divisor, associations);
            foreach (var target in new[] { _storescp, _pacs })
                Add((await DimseWorkloads.StoreAsync(target, size, count / _divisor, associations)).Result);
        }
        await HttpWorkloads.StowAsync(_pacs, ImageSize.Ct, 2000 / _divisor, 4);
        Add(await HttpWorkloads.StowAsync(_pacs, ImageSize.Ct, 1000 / _divisor, 4));
    }

    private async Task FetchesAsync(PacsServer server)
    {
        var (_, studies) = await DimseWorkloads.StoreAsync(_pacs, ImageSize.Ct, 1000, 1);
        var port = FreePort.Next();
        using (var peer = await server.Http.PutAsJsonAsync($"/api/v1/peers/{DimseWorkloads.CallingAeTitle}", new { host = "127.0.0.1", port })) peer.EnsureSuccessStatusCode();
        await DimseWorkloads.GetAsync(_pacs, studies, ImageSize.Ct);
        Add(await DimseWorkloads.GetAsync(_pacs, studies, ImageSize.Ct));
        Add(await DimseWorkloads.MoveAsync(_pacs, studies, ImageSize.Ct, port));

        string Instance(int i) => $"{Series(i)}/instances/{studies[i % studies.Count].SopInstanceUids[i / studies.Count % 100]}";
        string Series(int i) => $"{Study(i)}/series/{studies[i % studies.Count].SeriesInstanceUid}";
        string Study(int i) => $"studies/{studies[i % studies.Count].StudyInstanceUid}";
        await AddGetAsync("WADO-RS instance ct", Dicom, 4000, 4, Instance);
        await AddGetAsync("WADO-RS frame ct", Frames, 4000, 4, i => Instance(i) + "/frames/1");
        await AddGetAsync("WADO-RS series metadata", Json, 2000, 4, i => Series(i) + "/metadata");
        await AddGetAsync("WADO-RS metadata, unchanged", Json, 10000, 4, i => Series(0) + "/metadata", ifNoneMatch: true);
        await AddGetAsync("WADO-RS study ct", DicomParts, 50, 1, Study);
    }

    private async Task QueriesAsync()
    {
        string[] queries =
        [
            "studies?PatientID=BENCH00100000000", "studies?StudyDate=20260115&limit=25", "studies?PatientName=Bench*&limit=25", "studies?PatientName=*atien*&limit=25",
            "studies?limit=25", "instances?limit=25&offset=5000",
        ];
        foreach (var query in queries) await AddGetAsync("QIDO-RS " + query, Json, 1000, 1, _ => query);
        var identifier = new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(Tags.PatientID, "BENCH00100000000").Set(Tags.StudyInstanceUID, "");
        Add(await DimseWorkloads.FindAsync(_pacs, "by PatientID", 1000 / _divisor, _ => identifier));
    }

    private async Task MultiFrameAsync()
    {
        var (stored, studies) = await DimseWorkloads.StoreAsync(_pacs, ImageSize.MultiFrame, 1, 1);
        Add(stored);
        Add(await DimseWorkloads.GetAsync(_pacs, studies, ImageSize.MultiFrame));
        var path = $"studies/{studies[0].StudyInstanceUid}/series/{studies[0].SeriesInstanceUid}/instances/{studies[0].SopInstanceUids[0]}";
        Add(await HttpWorkloads.GetAsync(_pacs, "WADO-RS multiframe", Dicom, 1, 1, _ => path));
        Add(await HttpWorkloads.GetAsync(_pacs, "WADO-RS frame of multiframe", Frames, 1000 / _divisor, 1, i => $"{path}/frames/{i % ImageSize.MultiFrame.Frames + 1}"));
    }

    private async Task AddGetAsync(string name, string accept, int count, int connections, Func<int, string> path, bool ifNoneMatch = false)
    {
        await HttpWorkloads.GetAsync(_pacs, name, accept, count / _divisor / 2, connections, path, ifNoneMatch);
        Add(await HttpWorkloads.GetAsync(_pacs, name, accept, count / _divisor, connections, path, ifNoneMatch));
    }

    private void Add(Result result)
    {
        _results.Add(result);
        Console.WriteLine(result);
    }

    private void PrintRatios()
    {
        Console.WriteLine("\nRate as a share of storescp's in this run:");
        foreach (var pair in _results.GroupBy(r => r.Workload).Where(g => g.Count() == 2))
        {
            var (ours, peer) = (pair.Single(r => r.Target == _pacs.Name), pair.Single(r => r.Target == _storescp.Name));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"- {pair.Key}: {ours.PerSecond / peer.PerSecond:P0}"));
        }
    }
}
