using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hosting;

/// <summary>What a real collector gets by OTLP.</summary>
public sealed class TelemetryTests : ApiServer
{
    private readonly ConcurrentQueue<string> _received = new();
    private readonly WebApplication _collector;

    public TelemetryTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _collector = builder.Build();
        _collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _received.Enqueue(context.Request.Path + " " + Encoding.Latin1.GetString(body.ToArray()));
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(new byte[5]);
        });
        _collector.StartAsync().GetAwaiter().GetResult();
    }

    protected override (string Key, string Value)[] Settings => [("Pacs:Telemetry:OtlpEndpoint", _collector.Urls.Single()), ("Pacs:Telemetry:ServiceName", "pacs-under-test")];

    [Fact]
    public async Task Export_SearchByName_TellsOfTheRequestButNotOfThePatient()
    {
        await StoreAsync(SampleObjects.Ct(SampleOptions.Fresh() with { PatientName = "Secretname^Anna", PatientId = "SECRETID" }));
        using (var response = await GetAsync("/dicomweb/studies?PatientName=Secretname*&PatientID=SECRETID")) Assert.True(response.IsSuccessStatusCode);
        await StopAsync();

        var all = string.Concat(_received);
        Assert.Contains("pacs-under-test", all, StringComparison.Ordinal);
        Assert.Contains("GET /dicomweb/studies", all, StringComparison.Ordinal);
        Assert.Contains(_received, r => r.Contains("Metrics", StringComparison.Ordinal));
        Assert.DoesNotContain("secretname", all, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("secretid", all, StringComparison.OrdinalIgnoreCase);
        await _collector.DisposeAsync();
    }
}
