using System.Net.Http.Json;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.ForeignClients;

/// <summary>A server with four listeners: the plain one of its settings, and three that are added over REST.</summary>
public sealed class ListenerServer : IAsyncLifetime
{
    public PacsServer Server { get; private set; } = null!;

    public TestCertificates Certificates { get; } = new();

    /// <summary>TLS; nobody is asked for a certificate.</summary>
    public DicomAddress Secure { get; } = new("SECURE", FreePort.Next());

    /// <summary>TLS; only with a certificate.</summary>
    public DicomAddress Mutual { get; } = new("MUTUAL", FreePort.Next());

    /// <summary>Plain, and answers to no other title.</summary>
    public DicomAddress Research { get; } = new("RESEARCH", FreePort.Next());

    public async Task InitializeAsync()
    {
        Server = await PacsServer.StartAsync(new PacsServerOptions
        {
            Settings = new Dictionary<string, string>
            {
                ["PACS__Dimse__Tls__CertificateFile"] = Certificates.ServerFile,
                ["PACS__Dimse__Tls__CertificateKeyFile"] = Certificates.ServerKeyFile,
                ["PACS__Dimse__Tls__AuthorityFiles"] = Certificates.AuthorityFile,
            },
        });
        await PutAsync("listeners/secure", new { port = Secure.Port, bindAddress = "127.0.0.1", tls = "Server" });
        await PutAsync("listeners/mutual", new { port = Mutual.Port, bindAddress = "127.0.0.1", tls = "RequiredClientCertificate" });
        await PutAsync("listeners/research", new { port = Research.Port, bindAddress = "127.0.0.1", aeTitles = new[] { Research.AeTitle } });
        foreach (var address in new[] { Secure, Mutual, Research }) await Eventually.TrueAsync(() => StoreScp.IsListening(address));
    }

    public async Task PutAsync(string path, object body)
    {
        using var response = await Server.Http.PutAsJsonAsync("/api/v1/" + path, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task DisposeAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
        Certificates.Dispose();
    }
}
