using System.Net;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.DicomWeb;

/// <summary>
/// The user agent of DICOMweb (PS3.18): stores in, searches and retrieves from a peer that is a DICOMweb server. Made by
/// <see cref="DicomWebConnector"/>, for one piece of work; calls may run at the same time. Whatever fails is a
/// <see cref="DicomWebException"/>. Addresses in answers are never followed: what is fetched is addressed by its UIDs.
/// </summary>
public sealed partial class DicomWebClient
{
    private const string Json = "application/dicom+json";

    /// <summary>For a sign of life.</summary>
    private static readonly TimeSpan EchoLimit = TimeSpan.FromSeconds(30);

    private readonly Peer _peer;
    private readonly WebChannel _channel;
    private readonly PeerThrottle _throttle;
    private readonly RetrievalService _retrieval;
    private readonly IngestService _ingest;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>A value of <see cref="GatewayHeader"/> for its requests; null for none.</summary>
    internal string? Gateway { get; init; }

    internal DicomWebClient(Peer peer, WebChannel channel, PeerThrottle throttle, RetrievalService retrieval, IngestService ingest, TimeProvider time, ILogger logger) =>
        (_peer, _channel, _throttle, _retrieval, _ingest, _time, _logger) = (peer, channel, throttle, retrieval, ingest, time, logger);

    /// <summary>Asks for one study: whether network, credentials and server are in order. Cheap.</summary>
    /// <returns>The status of the answer: 200 or 204.</returns>
    /// <exception cref="DicomWebException">It is not.</exception>
    public async Task<int> EchoAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(EchoLimit);
        try
        {
            using var answer = await GetAsync("echo", "studies?limit=1", Json, limit.Token);
            return (int)answer.Status;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new DicomWebException(DicomWebFailure.Away, $"No answer within {EchoLimit.TotalSeconds:0} s.");
        }
    }

    /// <summary>An answer of success.</summary>
    private async Task<WebAnswer> GetAsync(string transaction, string path, string accept, CancellationToken cancellation) =>
        Succeeded(await SendGetAsync(transaction, path, accept, cancellation));

    private Task<WebAnswer> SendGetAsync(string transaction, string path, string accept, CancellationToken cancellation) =>
        _channel.SendAsync(transaction, path, (url, _) =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.TryAddWithoutValidation("Accept", accept);
            if (Gateway is not null) request.Headers.TryAddWithoutValidation(GatewayHeader.Name, Gateway);
            return request;
        }, cancellation);

    private WebAnswer Succeeded(WebAnswer answer)
    {
        if (answer.Response.IsSuccessStatusCode && answer.Status != HttpStatusCode.ResetContent) return answer;
        using (answer) throw WebStatus.ToException(answer.Response, _time);
    }
}
