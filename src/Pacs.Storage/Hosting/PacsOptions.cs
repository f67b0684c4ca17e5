using Pacs.Storage.Peers;

namespace Pacs.Storage.Hosting;

/// <summary>
/// What a process needs to start: section <c>Pacs</c> of <c>appsettings.json</c>, or environment variables
/// (<c>PACS__DIMSE__PORT=11113</c>). Checked at start, all errors together.
/// </summary>
public sealed record PacsOptions
{
    public const string Section = "Pacs";

    private volatile StorageOptions _storage = new();
    private volatile QueryOptions _queries = new();
    private volatile DimseOptions _dimse = new();
    private volatile HttpOptions _http = new();
    private volatile JobOptions _jobs = new();
    private volatile StudyOptions _studies = new();
    private volatile ChangeOptions _changes = new();

    /// <summary>What this process does. Default all of it.</summary>
    [Fixed]
    public PacsRoles Roles { get; init; } = PacsRoles.All;

    /// <summary>Folder for everything that has no folder of its own; relative to the working directory. Default <c>./data</c>.</summary>
    [Fixed]
    public string DataFolder { get; init; } = "./data";

    /// <summary>Settings that were changed by REST are in force. False starts without them, the way back from one that keeps the server from starting. Default true.</summary>
    [Fixed]
    public bool UseStoredSettings { get; init; } = true;

    public DatabaseOptions Database { get; init; } = new();
    public StorageOptions Storage { get => _storage; init => _storage = value; }
    public QueryOptions Queries { get => _queries; init => _queries = value; }
    public DimseOptions Dimse { get => _dimse; init => _dimse = value; }
    public HttpOptions Http { get => _http; init => _http = value; }
    public JobOptions Jobs { get => _jobs; init => _jobs = value; }
    public StudyOptions Studies { get => _studies; init => _studies = value; }
    public ChangeOptions Changes { get => _changes; init => _changes = value; }
    public GatewayOptions Gateway { get; init; } = new();

    /// <summary>Known peers besides those kept by REST, which override one of the same AE title. Default none.</summary>
    [Fixed, Secret]
    public IReadOnlyList<Peer> Peers { get; init; } = [];

    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary><see cref="DataFolder"/> as an absolute path.</summary>
    public string DataPath => Path.GetFullPath(DataFolder);

    public string BlobPath => Path.GetFullPath(Storage.BlobFolder ?? Path.Combine(DataPath, "blobs"));
    public string IncomingPath => Path.GetFullPath(Storage.IncomingFolder ?? Path.Combine(Storage.BlobFolder ?? DataPath, "incoming"));
    public string CachePath => Path.GetFullPath(Gateway.CacheFolder ?? Path.Combine(DataPath, "cache"));
    public string QuarantinePath => Path.GetFullPath(Storage.QuarantineFolder ?? Path.Combine(DataPath, "quarantine"));

    /// <summary>These are the options from now on, for all who have this object: what cannot change while the process runs is the same in them.</summary>
    internal void Adopt(PacsOptions next) => (_storage, _queries, _dimse, _http, _jobs, _studies, _changes) =
        (next.Storage, next.Queries, next.Dimse, next.Http, next.Jobs, next.Studies, next.Changes);
}
