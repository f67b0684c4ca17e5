using System.Globalization;
using Pacs.Bench.Measurement;
using Pacs.Bench.Objects;
using Pacs.Bench.Workloads;
using Pacs.TestKit.Processes;

namespace Pacs.Bench.Commands;

/// <summary>Stores and fetches one object of 4.3 GB in every way, and holds the server's memory against what it may take.</summary>
internal static class LargeObject
{
    private const double AllowedBytes = 150e6;

    /// <summary>0 when the server never took more above idle than it may.</summary>
    public static async Task<int> RunAsync(ImageSize size)
    {
        await using var server = await PacsServer.StartAsync();
        var target = new Target("pacs", server.Dimse, new Uri(server.Http.BaseAddress!, "/dicomweb/"), server.ProcessIds);
        await WarmUpAsync(target);
        ProcessUsage.ResetPeak(server.ProcessIds);
        var idle = ProcessUsage.Of(server.ProcessIds).PeakBytes;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, idle: {idle / 1e6:N0} MB\n\n{Result.Header}"));

        List<Result> results = [];
        void Add(Result result)
        {
            results.Add(result);
            Console.WriteLine(result);
        }
        var (stowed, large) = await HttpWorkloads.StowOneAsync(target, size);
        Add(stowed);
        var instance = $"studies/{large.StudyInstanceUid}/series/{large.SeriesInstanceUid}/instances/{large.SopInstanceUid}";
        Task<Result> GetAsync(string name, string? accept, string path, int count = 1) =>
            HttpWorkloads.GetAsync(target, $"WADO-RS {name}", accept, count, 1, _ => path);
        Add(await GetAsync("single part", "application/dicom; transfer-syntax=*", instance));
        Add(await GetAsync("re-encoded as Implicit VR Little Endian", "application/dicom; transfer-syntax=1.2.840.10008.1.2", instance));
        Add(await GetAsync("multipart", "multipart/related; type=\"application/dicom\"; transfer-syntax=*", instance));
        Add(await GetAsync("zip", "application/zip", instance));
        Add(await GetAsync("every eighth frame", "multipart/related; type=\"application/octet-stream\"", $"{instance}/frames/{string.Join(',', Enumerable.Range(1, size.Frames).Where(f => f % 8 == 1))}"));
        Add(await GetAsync("last frame", "application/octet-stream", $"{instance}/frames/{size.Frames}", 100));
        Add(await GetAsync("pixel data as bulk data", "application/octet-stream", $"{instance}/bulkdata/7FE00010"));
        Add(await GetAsync("metadata", "application/dicom+json", $"{instance}/metadata", 100));
        var (stored, moved) = await DimseWorkloads.StoreAsync(target, size, 1, 1);
        Add(stored);
        Add(await DimseWorkloads.GetAsync(target, moved, size));

        var above = results.Max(r => r.PeakBytes) - idle;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nAt most {above / 1e6:N0} MB above idle; {AllowedBytes / 1e6:N0} MB are allowed."));
        return above <= AllowedBytes && results.All(r => r.Samples is { Failures: 0, Count: > 0 }) ? 0 : 1;
    }

    // The code has to be loaded and compiled once; that is no memory of the object.
    private static async Task WarmUpAsync(Target target)
    {
        await HttpWorkloads.StowAsync(target, ImageSize.Ct, 20, 1);
        await DimseWorkloads.GetAsync(target, (await DimseWorkloads.StoreAsync(target, ImageSize.Ct, 20, 1)).Studies, ImageSize.Ct);
        await HttpWorkloads.GetAsync(target, "warm-up", null, 20, 1, _ => "studies?limit=10");
    }
}
