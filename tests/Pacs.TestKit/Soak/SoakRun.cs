using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.TestKit.Soak;

/// <summary>
/// Visits a server of its own as often as told, politely and rudely, several at a time, while some more connections say
/// nothing; then looks for whatever has been left behind.
/// </summary>
public static class SoakRun
{
    private const int Workers = 12;
    private const int Silent = 24;
    private const long Megabyte = 1 << 20;

    /// <param name="associations">Connections in all; a fifth of them are the warm-up.</param>
    public static async Task<SoakReport> RunAsync(int associations)
    {
        using var certificates = new TestCertificates();
        await using var server = await PacsServer.StartAsync(new PacsServerOptions
        {
            Settings = new Dictionary<string, string>
            {
                // Those who say nothing soon have to go, and on a busy machine nobody who is polite.
                ["PACS__Dimse__AssociateTimeoutSeconds"] = "10",
                ["PACS__Dimse__NetworkTimeoutSeconds"] = "10",
                ["PACS__Dimse__IdleTimeoutSeconds"] = "10",
                ["PACS__Dimse__Tls__CertificateFile"] = certificates.ServerFile,
                ["PACS__Dimse__Tls__CertificateKeyFile"] = certificates.ServerKeyFile,
            },
        });
        var securePort = await ListenSecurelyAsync(server);
        var study = SampleObjects.Study(1, 20, SampleOptions.Fresh());
        foreach (var sample in study) await new TestScu(server.Dimse).StoreAsync(sample);

        using var visits = new SoakVisits(server.Dimse, securePort, study);
        int[] ports = [server.Dimse.Port, securePort];
        var (counts, faults) = (new ConcurrentDictionary<string, int>(), new ConcurrentQueue<string>());
        var started = Stopwatch.GetTimestamp();
        await VisitAsync(visits, 0, associations / 5, counts, faults);
        var before = await SettleAsync(server, ports, _ => true);
        await VisitAsync(visits, associations / 5, associations, counts, faults);
        var elapsed = Stopwatch.GetElapsedTime(started);
        // Threads that were made for the visitors go when there is nothing for them to do for a while.
        var after = await SettleAsync(server, ports, now => Held(before, now).All(c => c.Passed));

        var stored = await CountInstancesAsync(server) - study.Count;
        return new SoakReport(associations, elapsed, counts, [.. Held(before, after), .. Done(visits, stored, faults.Count, server)], [.. faults]);
    }

    private static SoakCheck[] Held(SoakSnapshot before, SoakSnapshot after) =>
    [
        new("connections", before.Connections, after.Connections, 0),
        new("threads", before.Threads, after.Threads, before.Threads + 8),
        new("handles", before.Handles, after.Handles, before.Handles + Workers + 16),
        new("temporary files", before.TemporaryFiles, after.TemporaryFiles, 0),
        // What was given back stays open for the next: as many as there were visitors at once.
        new("database sessions", before.Sessions, after.Sessions, before.Sessions + Workers + 4),
        new("database sessions that are busy", before.BusySessions, after.BusySessions, 0),
        new("memory, MB", before.MemoryBytes / Megabyte, after.MemoryBytes / Megabyte, (before.MemoryBytes / Megabyte * 5 / 4) + 32),
    ];

    private static SoakCheck[] Done(SoakVisits visits, int stored, int faults, PacsServer server) =>
    [
        new("acknowledged objects that are missing", 0, visits.Acknowledged - stored, 0),
        new("polite visits that failed", 0, faults, 0),
        new("errors in the log", 0, server.Log.Count(l => l.StartsWith("fail:", StringComparison.Ordinal) || l.StartsWith("crit:", StringComparison.Ordinal)), 0),
    ];

    private static async Task VisitAsync(SoakVisits visits, int from, int to, ConcurrentDictionary<string, int> counts, ConcurrentQueue<string> faults)
    {
        var kinds = visits.All;
        for (var i = 0; i < Silent; i++) visits.Stay(i);
        counts.AddOrUpdate("silent", Silent, (_, count) => count + Silent);
        var next = from + Silent - 1;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Factory.StartNew(() =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < to;)
            {
                var (name, visit) = kinds[number % kinds.Count];
                counts.AddOrUpdate(name, 1, (_, count) => count + 1);
                try
                {
                    visit(number);
                }
                catch (Exception e)
                {
                    faults.Enqueue($"{name}: {e.Message}");
                }
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    /// <summary>What is there once the server has noticed that all are gone; the silent ones it has to send away itself.</summary>
    private static async Task<SoakSnapshot> SettleAsync(PacsServer server, int[] ports, Func<SoakSnapshot, bool> isSettled)
    {
        var snapshot = SoakSnapshot.Of(server, ports);
        try
        {
            await Eventually.TrueAsync(() =>
            {
                snapshot = SoakSnapshot.Of(server, ports);
                return snapshot is { Connections: 0, TemporaryFiles: 0, BusySessions: 0 } && isSettled(snapshot);
            });
        }
        catch (TimeoutException)
        {
            // What is left is in the table.
        }
        return snapshot;
    }

    private static async Task<int> ListenSecurelyAsync(PacsServer server)
    {
        var port = FreePort.Next();
        using var response = await server.Http.PutAsJsonAsync("/api/v1/listeners/secure", new { port, bindAddress = "127.0.0.1", tls = "Server" });
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        await Eventually.TrueAsync(() => StoreScp.IsListening(new DicomAddress("PACS", port)));
        return port;
    }

    private static async Task<int> CountInstancesAsync(PacsServer server) =>
        (await new DicomWebClient(server.Http).QidoAsync("instances?limit=10000")).Count;
}
