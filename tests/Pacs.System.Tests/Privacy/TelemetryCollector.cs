using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Privacy;

/// <summary>Takes what is exported by OTLP over gRPC, and keeps its bytes.</summary>
internal sealed class TelemetryCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MemoryStream _received = new();

    private TelemetryCollector()
    {
        Endpoint = $"http://127.0.0.1:{FreePort.Next()}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Endpoint).ConfigureKestrel(k => k.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.Run(KeepAsync);
    }

    public string Endpoint { get; }

    /// <summary>All that has come, its text as text.</summary>
    public string Received
    {
        get
        {
            lock (_received) return Encoding.UTF8.GetString(_received.ToArray());
        }
    }

    public static async Task<TelemetryCollector> StartAsync()
    {
        var collector = new TelemetryCollector();
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task KeepAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        lock (_received) body.WriteTo(_received);
        context.Response.ContentType = "application/grpc";
        // An empty message: no compression, no bytes.
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
