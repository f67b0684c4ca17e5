using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;
using Pacs.Storage.Security;

namespace Pacs.Storage.Access;

/// <summary>TLS as <c>Pacs:Dimse:Tls</c> has it, for listeners and for calls to peers. Asked for each connection, so that renewed files are in force for the next.</summary>
public sealed class DimseTls
{
    private readonly PacsOptions _options;
    private readonly ILogger<DimseTls> _logger;
    private volatile Material _material;

    private sealed record Material(DimseTlsOptions Options, CertificateFile? Certificate, WatchedFiles<X509Certificate2Collection>? Authorities);

    public DimseTls(PacsOptions options, ILogger<DimseTls> logger)
    {
        (_options, _logger) = (options, logger);
        _material = Read(options.Dimse.Tls);
    }

    /// <summary>The files of a setting that names several.</summary>
    internal static IReadOnlyList<string> Files(string? setting) =>
        setting?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>For the next connection that comes in.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A setting is missing, or a file not what it should be.</exception>
    public SslServerAuthenticationOptions ForListener(ListenerTls mode)
    {
        var material = Current;
        var asks = mode is ListenerTls.OptionalClientCertificate or ListenerTls.RequiredClientCertificate;
        if (asks && material.Authorities is null) throw new CryptographicException("Pacs:Dimse:Tls:AuthorityFiles: name the authorities that client certificates come from.");
        return new()
        {
            ServerCertificateContext = material.Certificate?.Current() ?? throw new CryptographicException("Pacs:Dimse:Tls:CertificateFile: a listener with TLS needs one."),
            EnabledSslProtocols = Protocols(material),
            ClientCertificateRequired = asks,
            CertificateChainPolicy = asks ? ChainPolicy(material) : null,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                !asks || errors == SslPolicyErrors.None || (certificate is null && mode == ListenerTls.OptionalClientCertificate),
        };
    }

    /// <summary>For the next call to a peer.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    public SslClientAuthenticationOptions ForPeer(Peer peer, PeerTls tls)
    {
        var material = Current;
        return new()
        {
            TargetHost = tls.ServerName ?? peer.Host,
            EnabledSslProtocols = Protocols(material),
            ClientCertificateContext = material.Certificate?.Current(),
            CertificateChainPolicy = ChainPolicy(material),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => errors == SslPolicyErrors.None || (tls.AcceptAnyCertificate && certificate is not null),
        };
    }

    private Material Current => _material is var material && material.Options == _options.Dimse.Tls ? material : _material = Read(_options.Dimse.Tls);

    private Material Read(DimseTlsOptions options) => new(
        options,
        options.CertificateFile is { } file ? new(file, options.CertificateKeyFile, options.CertificatePassword, _logger) : null,
        Files(options.AuthorityFiles) is { Count: > 0 } files ? new(files, ReadAuthorities, _logger) : null);

    private static SslProtocols Protocols(Material material) => material.Options.MinVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Authorities within hospitals publish no revocation lists, as a rule: a certificate is taken back by an access rule.</summary>
    private static X509ChainPolicy ChainPolicy(Material material)
    {
        // Nor is anything fetched from where a caller's certificate says: that is a place of the caller's choice, and a wait without limit.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (material.Authorities is null) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(material.Authorities.Current());
        return policy;
    }

    internal static X509Certificate2Collection ReadAuthorities(IReadOnlyList<byte[]> contents)
    {
        var authorities = new X509Certificate2Collection();
        foreach (var content in contents) authorities.ImportFromPem(Encoding.UTF8.GetString(content));
        return authorities.Count > 0 ? authorities : throw new CryptographicException("There is no certificate of an authority in it.");
    }
}
