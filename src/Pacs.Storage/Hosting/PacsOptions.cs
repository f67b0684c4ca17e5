using Pacs.Storage.Peers;

namespace Pacs.Storage.Hosting;

/// <summary>
/// What a process needs to start: section <c>Pacs</c> of <c>appsettings.json</c>, or environment variables
/// (<c>PACS__DIMSE__PORT=11113</c>). Checked at start, all errors together.
/// </summary>
public sealed record PacsOptions
{
    public const string Section = "Pacs";

    /// <summary>What this process does. Default all of it.</summary>
    public PacsRoles Roles { get; init; } = PacsRoles.All;

    /// <summary>Folder for everything that has no folder of its own; relative to the working directory. Default <c>./data</c>.</summary>
    public string DataFolder { get; init; } = "./data";

    public DatabaseOptions Database { get; init; } = new();
    public StorageOptions Storage { get; init; } = new();
    public QueryOptions Queries { get; init; } = new();
    public DimseOptions Dimse { get; init; } = new();
    public HttpOptions Http { get; init; } = new();
    public JobOptions Jobs { get; init; } = new();
    public StudyOptions Studies { get; init; } = new();
    public ChangeOptions Changes { get; init; } = new();
    public GatewayOptions Gateway { get; init; } = new();

    /// <summary>Known peers besides those kept by REST, which override one of the same AE title. Default none.</summary>
    public IReadOnlyList<Peer> Peers { get; init; } = [];

    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary><see cref="DataFolder"/> as an absolute path.</summary>
    public string DataPath => Path.GetFullPath(DataFolder);

    public string BlobPath => Path.GetFullPath(Storage.BlobFolder ?? Path.Combine(DataPath, "blobs"));
    public string IncomingPath => Path.GetFullPath(Storage.IncomingFolder ?? Path.Combine(Storage.BlobFolder ?? DataPath, "incoming"));
    public string CachePath => Path.GetFullPath(Gateway.CacheFolder ?? Path.Combine(DataPath, "cache"));
    public string QuarantinePath => Path.GetFullPath(Storage.QuarantineFolder ?? Path.Combine(DataPath, "quarantine"));
}
