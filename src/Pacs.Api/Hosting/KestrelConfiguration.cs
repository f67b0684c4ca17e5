using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Pacs.Storage.Hosting;
using Pacs.Storage.Security;

namespace Pacs.Api.Hosting;

/// <summary>Kestrel from <see cref="HttpOptions"/>: where it listens, and what a client may ask of it.</summary>
internal sealed class KestrelConfiguration(PacsOptions pacs, ILogger<KestrelConfiguration> logger) : IConfigureOptions<KestrelServerOptions>
{
    /// <summary>Bytes of a request body, unless the endpoint takes more (STOW-RS).</summary>
    private const int MaxBodyBytes = 1 << 20;

    /// <summary>Bytes of method, address and version: a search by a list of some hundred UIDs fits.</summary>
    private const int MaxRequestLine = 64 * 1024;

    private const int MaxHeaders = 100;

    /// <summary>Bytes of all headers: large tokens of proxies fit.</summary>
    private const int MaxHeaderBytes = 32 * 1024;

    public void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = MaxBodyBytes;
        options.Limits.MaxRequestLineSize = MaxRequestLine;
        options.Limits.MaxRequestBufferSize = Math.Max(MaxRequestLine, 1 << 20);
        options.Limits.MaxRequestHeaderCount = MaxHeaders;
        options.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        // Slower than this after a grace of some seconds, and the connection is closed: nobody ties up a server with drops. The
        // slowest of lines is faster. It counts only while this server waits: for a body, or for a sent block to be taken.
        options.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        options.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));

        TlsHandshakeCallbackOptions? certificate = null;
        foreach (var url in pacs.Http.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var address = BindingAddress.Parse(url);
            Listen(options, address, listen =>
            {
                var isHttps = address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
                listen.Protocols = isHttps ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                if (isHttps) listen.UseHttps(certificate ??= Certificate());
            });
        }
    }

    /// <summary>Whether other machines can reach an address.</summary>
    public static bool IsOpenToNetwork(string url) =>
        BindingAddress.Parse(url).Host is var host && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        && !(IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static void Listen(KestrelServerOptions options, BindingAddress address, Action<ListenOptions> configure)
    {
        if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) options.ListenLocalhost(address.Port, configure);
        else if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip)) options.Listen(ip, address.Port, configure);
        else options.ListenAnyIP(address.Port, configure);
    }

    /// <summary>The certificate, which is asked for at each connection: a renewed one is in force for the next.</summary>
    private TlsHandshakeCallbackOptions Certificate()
    {
        var http = pacs.Http;
        var certificate = new CertificateFile(http.CertificateFile!, http.CertificateKeyFile, http.CertificatePassword, logger);
        try
        {
            certificate.Current();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new PacsStartupException($"The certificate {http.CertificateFile} cannot be used: {e.Message} Check Pacs:Http:CertificateFile, CertificateKeyFile and CertificatePassword.", e);
        }
        return new() { OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current() }) };
    }
}
