using Pacs.Dicom.Files;
using Pacs.System.Tests.Servers;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Outbound;

/// <summary>A foreign program that objects are sent to, behind a relay, which can be killed and started again.</summary>
internal abstract class Destination(string name, DicomAddress address) : IAsyncDisposable
{
    /// <summary>How objects get there.</summary>
    public static async Task<Destination> StartAsync(Route route) => route switch
    {
        Route.StoreScp => new StoreScpDestination(await StoreScp.StartAsync(NewName())),
        Route.OrthancDimse => new OrthancDestination(await Orthanc.StartAsync(new OrthancOptions { AeTitle = NewName() }), isWeb: false),
        _ => new OrthancDestination(await Orthanc.StartAsync(new OrthancOptions { AeTitle = NewName() }), isWeb: true),
    };

    /// <summary>By which the archive knows it.</summary>
    public string Name { get; } = name;

    public TcpRelay Relay { get; } = new(address);

    /// <summary>As the archive's REST takes it.</summary>
    public virtual object Peer => new { host = Relay.Address.Host, port = Relay.Address.Port };

    public abstract Task KillAsync();

    public abstract Task StartAgainAsync();

    /// <summary>SOP Instance UIDs of what it keeps, and their data sets.</summary>
    public abstract Task<IReadOnlyDictionary<string, byte[]>> ObjectsAsync();

    public async ValueTask DisposeAsync()
    {
        Relay.Dispose();
        await EndAsync();
    }

    protected abstract ValueTask EndAsync();

    private static string NewName() => $"KILL{Random.Shared.Next():X8}";

    private sealed class StoreScpDestination(StoreScp scp) : Destination(scp.Address.AeTitle, scp.Address)
    {
        public override Task KillAsync() => scp.KillAsync();

        public override Task StartAgainAsync() => scp.StartAgainAsync();

        public override Task<IReadOnlyDictionary<string, byte[]>> ObjectsAsync() => Task.FromResult<IReadOnlyDictionary<string, byte[]>>(scp.Files.ToDictionary(
            f => DicomFile.Open(f).FileMeta.MediaStorageSopInstanceUid, f => Part10.DatasetOf(File.ReadAllBytes(f))));

        protected override ValueTask EndAsync() => scp.DisposeAsync();
    }

    private sealed class OrthancDestination(Orthanc orthanc, bool isWeb)
        : Destination(orthanc.Dimse.AeTitle, isWeb ? new DicomAddress(orthanc.Dimse.AeTitle, orthanc.DicomWeb.Port) : orthanc.Dimse)
    {
        public override object Peer => isWeb ? new { web = new { url = $"http://127.0.0.1:{Relay.Address.Port}/dicom-web", maxInstancesPerRequest = 10 } } : base.Peer;

        public override Task KillAsync() => orthanc.KillAsync();

        public override Task StartAgainAsync() => orthanc.StartAgainAsync();

        public override async Task<IReadOnlyDictionary<string, byte[]>> ObjectsAsync()
        {
            var objects = new Dictionary<string, byte[]>();
            foreach (var uid in await orthanc.SopInstanceUidsAsync()) objects.Add(uid, Part10.DatasetOf(await orthanc.FileAsync(uid)));
            return objects;
        }

        protected override ValueTask EndAsync() => orthanc.DisposeAsync();
    }
}
