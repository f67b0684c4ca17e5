using System.Net;
using Pacs.Storage.Access;

namespace Pacs.Storage.Hosting;

/// <summary>The HTTP listener of REST and DICOMweb.</summary>
public sealed record HttpOptions
{
    /// <summary>Addresses to listen on, with semicolons between. Default <c>http://localhost:8080</c>: this machine only.</summary>
    public string Urls { get; init; } = "http://localhost:8080";

    /// <summary>PEM or PFX file of the certificate for https addresses, followed by those between it and its root; read again when it has changed. Default none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of the certificate's private key, when it is not in <see cref="CertificateFile"/>.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>Password of the certificate's private key.</summary>
    [Secret]
    public string? CertificatePassword { get; init; }

    /// <summary>How clients see this server, for URLs in answers: <c>https://pacs.example.org/archive</c>. Default: as each request was addressed.</summary>
    public string? PublicBaseUrl { get; init; }

    /// <summary>
    /// Addresses of proxies, or networks as <c>10.0.0.0/8</c>, with semicolons between, whose Forwarded (RFC 7239) or X-Forwarded-For, -Proto,
    /// -Host, -Port and -Prefix headers are believed: what they tell is how clients see this server. Default none: the headers are ignored.
    /// </summary>
    public string? TrustedProxies { get; init; }

    /// <summary>
    /// Origins whose pages may call, exactly as browsers name them (<c>https://viewer.example.org:8443</c>), with semicolons between; <c>*</c>
    /// for any, which a warning at the start is about. Default none.
    /// </summary>
    public string? CorsOrigins { get; init; }

    /// <summary>Host names that requests may address, with semicolons between; <c>*</c> for any. Default: the names of this machine and of <see cref="PublicBaseUrl"/>.</summary>
    public string? AllowedHosts { get; init; }

    /// <summary>Bytes of the largest STOW-RS request, as sent and as decompressed. Default 64 GiB.</summary>
    [AtOnce]
    public long MaxRequestBytes { get; init; } = 64L << 30;

    /// <summary>A compressed STOW-RS request may inflate to so many times its length, and what is made of metadata and bulk data be so many times as long; asked only beyond 64 MiB. Default 200.</summary>
    [AtOnce]
    public int MaxInflation { get; init; } = 200;

    /// <summary>Bytes of metadata (JSON, XML) in one STOW-RS request; large values come as bulk data. Default 32 MiB.</summary>
    [AtOnce]
    public int MaxMetadataBytes { get; init; } = 32 << 20;

    /// <summary>How objects sent by STOW-RS are treated: duplicates, validation, normalising, SOP classes and transfer syntaxes taken (default: any). The other rules say nothing here.</summary>
    [AtOnce]
    public AssociationRules Rules { get; init; } = new();

    /// <summary><see cref="TrustedProxies"/> read; an entry that cannot be read is left out.</summary>
    public IReadOnlyList<IPNetwork> Proxies => [.. ProxyEntries.Select(Network).OfType<IPNetwork>()];

    /// <summary>Of <see cref="TrustedProxies"/>, what is neither an address nor a network.</summary>
    internal IEnumerable<string> UnreadableProxies => ProxyEntries.Where(entry => Network(entry) is null);

    /// <summary><see cref="CorsOrigins"/>, one by one.</summary>
    public IReadOnlyList<string> Origins => List(CorsOrigins);

    private string[] ProxyEntries => List(TrustedProxies);

    private static string[] List(string? text) => text?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static IPNetwork? Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
