using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Pacs.Bench.Measurement;
using Pacs.Bench.Objects;
using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Bench.Workloads;

/// <summary>Stores, finds and fetches over DICOMweb.</summary>
internal static class HttpWorkloads
{
    /// <summary>STOW-RS of fresh objects, one a request, divided among so many connections.</summary>
    public static Task<Result> StowAsync(Target target, ImageSize size, int count, int connections) =>
        StowAsync(target, size, count, connections, _ => { });

    /// <summary>STOW-RS of one fresh object, and what it is.</summary>
    public static async Task<(Result Result, GeneratedObject Stored)> StowOneAsync(Target target, ImageSize size)
    {
        GeneratedObject? stored = null;
        var result = await StowAsync(target, size, 1, 1, next => stored = next);
        return (result, stored!);
    }

    private static Task<Result> StowAsync(Target target, ImageSize size, int count, int connections, Action<GeneratedObject> sending) =>
        RunAsync(target, $"STOW-RS {size.Name} ×{connections}", connections, async (client, samples, number) =>
        {
            var source = new ObjectSource(size);
            for (var i = 0; i < Clients.ShareOf(number, connections, count); i++)
            {
                var next = source.Next();
                sending(next);
                using var request = new HttpRequestMessage(HttpMethod.Post, "studies") { Content = new StowContent(next) };
                request.Headers.Accept.Add(new("application/dicom+json"));
                await SendAsync(client, request, samples, next.Dataset.Length);
            }
        });

    /// <summary>GET of paths, divided among so many connections.</summary>
    /// <param name="target">What is measured.</param>
    /// <param name="name">In the table.</param>
    /// <param name="accept">Media type; null for the server's choice.</param>
    /// <param name="count">Requests in all.</param>
    /// <param name="connections">At once.</param>
    /// <param name="path">Of the n-th request, relative to the root of the services.</param>
    /// <param name="ifNoneMatch">Ask again with the entity tag of the first answer.</param>
    public static Task<Result> GetAsync(Target target, string name, string? accept, int count, int connections, Func<int, string> path, bool ifNoneMatch = false) =>
        RunAsync(target, $"{name} ×{connections}", connections, async (client, samples, number) =>
        {
            EntityTagHeaderValue? tag = null;
            for (var i = number; i < count; i += connections)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path(i));
                if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
                if (tag is not null) request.Headers.IfNoneMatch.Add(tag);
                tag = await SendAsync(client, request, samples, 0) is { } answered && ifNoneMatch ? answered : null;
            }
        });

    private static Task<Result> RunAsync(Target target, string name, int connections, Func<HttpClient, Samples, int, Task> work) =>
        Result.MeasureAsync(name, target.Name, target.ProcessIds, samples =>
            Task.WhenAll(Enumerable.Range(0, connections).Select(number => Task.Run(async () =>
            {
                using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1, UseProxy = false });
                client.Timeout = Timeout.InfiniteTimeSpan;
                client.BaseAddress = target.Http ?? throw new InvalidOperationException("This takes the root of the DICOMweb services: --http URL.");
                await work(client, samples, number);
            }))));

    private static async Task<EntityTagHeaderValue?> SendAsync(HttpClient client, HttpRequestMessage request, Samples samples, long sent)
    {
        var started = Stopwatch.GetTimestamp();
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var received = await DrainAsync(response.Content);
        if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotModified) samples.Succeeded(started, sent + received);
        else samples.Failed();
        return response.Headers.ETag;
    }

    private static async Task<long> DrainAsync(HttpContent content)
    {
        await using var body = await content.ReadAsStreamAsync();
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        var total = 0L;
        for (int n; (n = await body.ReadAsync(buffer)) > 0;) total += n;
        ArrayPool<byte>.Shared.Return(buffer);
        return total;
    }

    private sealed class StowContent : HttpContent
    {
        private readonly GeneratedObject _object;
        private readonly byte[] _head;
        private static readonly byte[] Tail = "\r\n--bench--\r\n"u8.ToArray();

        public StowContent(GeneratedObject next)
        {
            _object = next;
            var meta = new FileMetaInformation
            {
                MediaStorageSopClassUid = next.SopClassUid,
                MediaStorageSopInstanceUid = next.SopInstanceUid,
                TransferSyntax = TransferSyntaxRegistry.ExplicitVrLittleEndian,
            };
            _head = [.. "--bench\r\nContent-Type: application/dicom\r\n\r\n"u8, .. meta.ToPart10Header()];
            Headers.TryAddWithoutValidation("Content-Type", "multipart/related; type=\"application/dicom\"; boundary=bench");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_head);
            await _object.Dataset.CopyToAsync(stream, 256 * 1024);
            await stream.WriteAsync(Tail);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _head.Length + _object.Dataset.Length + Tail.Length;
            return true;
        }
    }
}
