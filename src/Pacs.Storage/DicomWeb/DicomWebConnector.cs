using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Access;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Security;

namespace Pacs.Storage.DicomWeb;

/// <summary>
/// How this archive calls DICOMweb servers: one set of connections, and one token, per peer and version of its settings. Old ones
/// are let go, and end when what goes on over them has ended.
/// </summary>
public sealed class DicomWebConnector(RetrievalService retrieval, IngestService ingest, PeerThrottles throttles, TimeProvider time, DicomWebMetrics metrics, ILogger<DicomWebConnector> logger)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new();

    /// <summary>A client of the peer, for one piece of work: what is changed of the peer or its certificate is in force for the next.</summary>
    /// <param name="peer">Which.</param>
    /// <param name="gateway">What the server is told this is for: of <see cref="GatewayHeader"/>; null for nothing.</param>
    /// <exception cref="ArgumentException">The peer is no DICOMweb server.</exception>
    /// <exception cref="DicomWebException">A certificate's file cannot be read.</exception>
    public DicomWebClient Connect(Peer peer, string? gateway = null)
    {
        var web = peer.Web ?? throw new ArgumentException($"{peer.AeTitle} is no DICOMweb server.", nameof(peer));
        var entry = _entries.AddOrUpdate(peer.AeTitle, _ => new Entry(web, logger), (_, known) => known.Web == web ? known : new Entry(web, logger));
        try
        {
            return new DicomWebClient(peer, entry.Channel(time, metrics), throttles.For(peer), retrieval, ingest, time, logger) { Gateway = gateway };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new DicomWebException(DicomWebFailure.Away, $"A file of web.tls of {peer.AeTitle} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Settings of a peer, what watches its files, and the channel made of them.</summary>
    private sealed class Entry
    {
        private readonly Lock _lock = new();
        private readonly CertificateFile? _certificate;
        private readonly WatchedFiles<X509Certificate2Collection>? _authorities;
        private (SslStreamCertificateContext? Certificate, X509Certificate2Collection? Authorities, WebChannel Channel)? _current;

        public Entry(PeerWeb web, ILogger logger)
        {
            Web = web;
            if (web.Tls is not { } tls) return;
            if (tls.CertificateFile is { } file) _certificate = new(file, tls.CertificateKeyFile, tls.CertificatePassword?.Reveal(), logger);
            if (tls.AuthorityFile is { } authority) _authorities = new([authority], DimseTls.ReadAuthorities, logger);
        }

        public PeerWeb Web { get; }

        public WebChannel Channel(TimeProvider time, DicomWebMetrics metrics)
        {
            lock (_lock)
            {
                var (certificate, authorities) = (_certificate?.Current(), _authorities?.Current());
                if (_current is { } current && current.Certificate == certificate && current.Authorities == authorities) return current.Channel;
                var channel = new WebChannel(Web, certificate, authorities, time, metrics);
                _current = (certificate, authorities, channel);
                return channel;
            }
        }
    }
}
