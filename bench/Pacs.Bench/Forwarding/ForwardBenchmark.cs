using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Pacs.Bench.Measurement;
using Pacs.Bench.Objects;
using Pacs.Bench.Workloads;
using Pacs.Dicom.Net;
using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.Bench.Forwarding;

/// <summary>
/// Forwarding against DCMTK's dcmsend, which sends the same files to the same receiver: storescp, which writes them, and a sink,
/// which does not. In turn, three times, once the server is warm; the median by CPU is told. Of the archive server and PostgreSQL
/// are counted, from the asking for the jobs to the end of the last.
/// </summary>
internal sealed class ForwardBenchmark(PacsServer server, TextWriter output)
{
    private const int Rounds = 3;

    /// <summary>A server fresh from its start compiles: some seconds of CPU, over the first ten or twenty thousand objects.</summary>
    private const int WarmUpObjects = 25_000;

    /// <summary>Asking more often would be a part of what is measured. When a job ended, it says itself.</summary>
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);

    private int _failures;
    private bool _isWarm;

    public static async Task<int> RunAsync(int count)
    {
        await using var server = await PacsServer.StartAsync();
        Console.WriteLine($"{Environment.ProcessorCount} processors, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}\n");
        Console.WriteLine("| work | receiver | sender | per second | MB/s | CPU s per 1,000 | of that PostgreSQL |\n|---|---|---|---|---|---|---|");
        var benchmark = new ForwardBenchmark(server, Console.Out);
        foreach (var size in new[] { ImageSize.Ct, ImageSize.Mr }) await benchmark.RunAsync(size, count);
        return benchmark._failures == 0 ? 0 : 1;
    }

    private async Task RunAsync(ImageSize size, int count)
    {
        var target = new Target("pacs", server.Dimse, null, server.ProcessIds);
        var (_, studies) = await DimseWorkloads.StoreAsync(target, size, count, 1);
        var folders = studies.Select(s => Directory.EnumerateDirectories(Path.Combine(server.DataFolder, "blobs"), s.StudyInstanceUid, SearchOption.AllDirectories).First()).ToList();
        await using var storescp = await StoreScp.StartAsync("STORESCP", "--fork", "-pdu", "131072");
        var port = FreePort.Next();
        using var sink = new AssociationListener(
            new AssociationListenerOptions { EndPoint = new(System.Net.IPAddress.Loopback, port), MaxReceivePduLength = 131072 }, [new DiscardingStore(size.SopClassUid, new Samples())]);
        sink.Start();
        foreach (var receiver in new[] { storescp.Address, new DicomAddress("SINK", port) })
        {
            foreach (var associations in new[] { 1, 5 })
            {
                using (var peer = await server.Http.PutAsJsonAsync($"/api/v1/peers/{receiver.AeTitle}", new { host = receiver.Host, port = receiver.Port, outbound = new { maxAssociations = associations } })) peer.EnsureSuccessStatusCode();
                for (var sent = 0; sent < (_isWarm ? count : WarmUpObjects); sent += count) await ForwardAsync(receiver, studies);
                _isWarm = true;
                List<Run> ours = [], theirs = [];
                for (var round = 0; round < Rounds; round++)
                {
                    theirs.Add(await DcmSendAsync(receiver, folders, associations));
                    ours.Add(await ForwardAsync(receiver, studies));
                }
                Print($"forward {size.Name} ×{associations}", receiver, "dcmsend", theirs, count, size);
                Print($"forward {size.Name} ×{associations}", receiver, "pacs", ours, count, size);
            }
        }
    }

    private void Print(string work, DicomAddress receiver, string sender, List<Run> runs, int count, ImageSize size)
    {
        var (elapsed, cpu, database) = runs.OrderBy(r => r.CpuSeconds).ElementAt(runs.Count / 2);
        var rate = count / elapsed.TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {work} | {receiver.AeTitle.ToLowerInvariant()} | {sender} | {rate:N0} | {rate * size.Rows * size.Columns * 2 / 1e6:N0} | {cpu * 1000 / count:N2} | {(database > 0 ? (database * 1000 / count).ToString("N2", CultureInfo.InvariantCulture) : "")} |"));
    }

    private async Task<Run> ForwardAsync(DicomAddress receiver, IReadOnlyList<StoredStudy> studies)
    {
        var (all, database) = (ProcessUsage.Of(server.ProcessIds).CpuSeconds, ProcessUsage.Of([.. server.ProcessIds.Skip(1)]).CpuSeconds);
        var started = DateTimeOffset.UtcNow;
        var ids = new List<long>();
        foreach (var study in studies)
        {
            using var response = await server.Http.PostAsJsonAsync("/api/v1/jobs", new { kind = "forward", peer = receiver.AeTitle, studyInstanceUid = study.StudyInstanceUid });
            ids.Add(JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetInt64());
        }
        var ended = started;
        foreach (var id in ids) ended = await EndOfAsync(id) is var end && end > ended ? end : ended;
        return new Run(ended - started, ProcessUsage.Of(server.ProcessIds).CpuSeconds - all, ProcessUsage.Of([.. server.ProcessIds.Skip(1)]).CpuSeconds - database);
    }

    private async Task<DateTimeOffset> EndOfAsync(long id)
    {
        for (var asked = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(asked) < MaxWait; await Task.Delay(AskInterval))
        {
            var job = await server.Http.GetFromJsonAsync<JsonElement>($"/api/v1/jobs/{id}");
            var state = job.GetProperty("state").GetString();
            if (state == "Failed") _failures++;
            if (state is "Done" or "Failed") return job.GetProperty("finishedAt").GetDateTimeOffset();
        }
        throw new TimeoutException($"Job {id} does not end.");
    }

    /// <summary>As many of them side by side as the archive has associations. CPU as the shell tells it, in user and system seconds.</summary>
    private async Task<Run> DcmSendAsync(DicomAddress receiver, List<string> folders, int processes)
    {
        const string Command = "TIMEFORMAT='%U %S'; time dcmsend --max-pdu 131072 -aec \"$1\" \"$2\" \"$3\" +sd +r \"${@:4}\"";
        var started = Stopwatch.GetTimestamp();
        var results = await Task.WhenAll(folders.Select((f, i) => (f, i)).GroupBy(f => f.i % processes, f => f.f).Select(share => ExternalProcess.RunAsync(
            "bash", ["-c", Command, "bash", receiver.AeTitle, receiver.Host, $"{receiver.Port}", .. share],
            environment: new Dictionary<string, string> { ["TCP_NODELAY"] = "1" })));
        var elapsed = Stopwatch.GetElapsedTime(started);
        _failures += results.Count(r => !r.Succeeded);
        return new Run(elapsed, results.Sum(r => r.Error.TrimEnd().Split('\n')[^1].Split(' ').Sum(s => double.Parse(s, CultureInfo.InvariantCulture))), 0);
    }

    private sealed record Run(TimeSpan Elapsed, double CpuSeconds, double DatabaseCpuSeconds);
}
