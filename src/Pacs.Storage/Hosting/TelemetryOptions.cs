namespace Pacs.Storage.Hosting;

/// <summary>Traces and metrics.</summary>
public sealed record TelemetryOptions
{
    /// <summary>OTLP endpoint, as <c>http://collector:4317</c>. Default none: nothing is exported.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>Name of this service in traces. Default <c>pacs</c>.</summary>
    public string ServiceName { get; init; } = "pacs";
}
