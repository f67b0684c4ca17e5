using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pacs.Dicom.Net;

namespace Pacs.Storage.Hosting.Telemetry;

/// <summary>Sends traces and metrics by OTLP while the host runs, if <see cref="TelemetryOptions.OtlpEndpoint"/> says where to.</summary>
internal sealed class TelemetryExport(PacsOptions options) : IHostedService, IDisposable
{
    /// <summary>Name of the project's own activity source and meter.</summary>
    public const string Source = "Pacs";

    private OpenTelemetrySdk? _sdk;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Telemetry.OtlpEndpoint is not { } endpoint) return Task.CompletedTask;
        void Export(OtlpExporterOptions exporter) => exporter.Endpoint = new Uri(endpoint);
        _sdk = OpenTelemetrySdk.Create(builder => builder
            .ConfigureResource(r => r.AddService(options.Telemetry.ServiceName))
            .WithTracing(tracing => tracing
                .AddSource(Source, DicomTelemetry.Name, "Microsoft.AspNetCore", "Npgsql")
                .AddProcessor(new QueryRedaction())
                .AddOtlpExporter(Export))
            .WithMetrics(metrics => metrics
                .AddMeter(Source, DicomTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime")
                .AddOtlpExporter(Export)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _sdk?.Dispose();
        _sdk = null;
    }
}
