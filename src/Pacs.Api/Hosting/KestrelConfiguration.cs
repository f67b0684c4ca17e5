using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Pacs.Storage.Hosting;

namespace Pacs.Api.Hosting;

/// <summary>Kestrel from <see cref="HttpOptions"/>: where it listens, and what a client may ask of it.</summary>
internal sealed class KestrelConfiguration(PacsOptions pacs) : IConfigureOptions<KestrelServerOptions>
{
    /// <summary>Bytes of a request body, unless the endpoint takes more (STOW-RS).</summary>
    private const int MaxBodyBytes = 1 << 20;

    /// <summary>Bytes of method, address and version: a search by a list of some hundred UIDs fits.</summary>
    private const int MaxRequestLine = 64 * 1024;

    public void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = MaxBodyBytes;
        options.Limits.MaxRequestLineSize = MaxRequestLine;
        options.Limits.MaxRequestBufferSize = Math.Max(MaxRequestLine, 1 << 20);
        // Slower than this after a grace of some seconds, and the connection is closed: nobody ties up a server with drops.
        options.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));

        X509Certificate2? certificate = null;
        foreach (var url in pacs.Http.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var address = BindingAddress.Parse(url);
            Listen(options, address, listen =>
            {
                var isHttps = address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
                listen.Protocols = isHttps ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                if (isHttps) listen.UseHttps(certificate ??= LoadCertificate(pacs.Http));
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

    private static X509Certificate2 LoadCertificate(HttpOptions http)
    {
        var (file, key, password) = (http.CertificateFile!, http.CertificateKeyFile, http.CertificatePassword);
        try
        {
            if (!file.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase) && !file.EndsWith(".p12", StringComparison.OrdinalIgnoreCase))
                return password is null ? X509Certificate2.CreateFromPemFile(file, key) : X509Certificate2.CreateFromEncryptedPemFile(file, password, key);
            return X509CertificateLoader.LoadPkcs12FromFile(file, password);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or IOException)
        {
            throw new PacsStartupException($"The certificate {file} cannot be used: {e.Message} Check Pacs:Http:CertificateFile, CertificateKeyFile and CertificatePassword.", e);
        }
    }
}
