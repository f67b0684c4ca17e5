using Microsoft.Extensions.Logging;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Gateway;

/// <summary>Begins uploads to archives.</summary>
public sealed class GatewayUploads(DicomWebConnector connector, RetrievalService retrieval, GatewayStore store, ILogger<GatewayUploads> log)
{
    /// <exception cref="DicomWebException">The peer's settings cannot be used.</exception>
    public GatewayUpload Begin(Peer peer) => new(peer, connector.Connect(peer), retrieval, store, log);
}
