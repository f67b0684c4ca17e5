using Microsoft.Extensions.Logging;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Gateway;

/// <summary>Begins uploads to archives.</summary>
public sealed class GatewayUploads(DicomWebConnector connector, RetrievalService retrieval, GatewayStore store, ILogger<GatewayUploads> log)
{
    /// <param name="peer">Read since the job runs.</param>
    /// <param name="job">Only objects that it has are uploaded.</param>
    /// <exception cref="DicomWebException">The peer's settings cannot be used.</exception>
    public GatewayUpload Begin(Peer peer, long job) => new(peer, job, connector.Connect(peer), retrieval, store, log);
}
