using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Outbound;

/// <summary>A foreign archive that objects are fetched from, through a relay, which can be killed and started again.</summary>
internal abstract class Source(string name, TcpRelay relay) : IAsyncDisposable
{
    /// <summary>What objects come through: in front of the archive, or of this server when they are sent to it.</summary>
    public TcpRelay Relay { get; } = relay;

    /// <summary>By which the server knows it.</summary>
    public string Name { get; } = name;

    /// <summary>As the server's REST takes it.</summary>
    public abstract object Peer { get; }

    public static async Task<Source> StartAsync(FetchRoute route, PacsServer server)
    {
        var name = $"FROM{Random.Shared.Next():X8}";
        // The objects of C-MOVE come on connections of their own.
        var sent = route is FetchRoute.DcmQrScpMove or FetchRoute.OrthancMove ? new TcpRelay(server.Dimse) : null;
        var destinations = sent is null ? [] : new[] { sent.Address };
        return route is FetchRoute.DcmQrScpMove or FetchRoute.DcmQrScpGet
            ? new DcmQrScpSource(await DcmQrScp.StartAsync(name, destinations), sent)
            : new OrthancSource(await Orthanc.StartAsync(new OrthancOptions { AeTitle = name, Modalities = destinations }), sent, isWeb: route == FetchRoute.OrthancWeb);
    }

    /// <summary>Fills it.</summary>
    public abstract Task StoreAsync(IReadOnlyList<SampleObject> samples);

    /// <summary>What is on its way does not arrive either.</summary>
    public async Task KillAsync()
    {
        Relay.Cut();
        await EndAsync();
    }

    public abstract Task StartAgainAsync();

    public async ValueTask DisposeAsync()
    {
        Relay.Dispose();
        await RemoveAsync();
    }

    protected abstract Task EndAsync();

    protected abstract ValueTask RemoveAsync();

    private object ByDimse(DicomAddress archive, bool isMove) => isMove
        ? new { host = archive.Host, port = archive.Port, remote = new { retrieve = "Move" } }
        : new { host = Relay.Address.Host, port = Relay.Address.Port, remote = new { retrieve = "Get" } };

    private static TcpRelay Before(DicomAddress archive) => new(archive) { CountsAnswers = true };

    private sealed class DcmQrScpSource(DcmQrScp archive, TcpRelay? sent) : Source(archive.Address.AeTitle, sent ?? Before(archive.Address))
    {
        public override object Peer => ByDimse(archive.Address, sent is not null);

        public override Task StoreAsync(IReadOnlyList<SampleObject> samples) => archive.StoreAsync(samples);

        public override Task StartAgainAsync() => archive.StartAgainAsync();

        protected override Task EndAsync() => archive.KillAsync();

        protected override ValueTask RemoveAsync() => archive.DisposeAsync();
    }

    private sealed class OrthancSource(Orthanc archive, TcpRelay? sent, bool isWeb)
        : Source(archive.Dimse.AeTitle, sent ?? Before(isWeb ? archive.Dimse with { Port = archive.DicomWeb.Port } : archive.Dimse))
    {
        public override object Peer => isWeb ? new { web = new { url = $"http://127.0.0.1:{Relay.Address.Port}/dicom-web" } } : ByDimse(archive.Dimse, sent is not null);

        public override Task StoreAsync(IReadOnlyList<SampleObject> samples) => archive.StoreAsync(samples.Select(s => s.ToPart10()));

        public override Task StartAgainAsync() => archive.StartAgainAsync();

        protected override Task EndAsync() => archive.KillAsync();

        protected override ValueTask RemoveAsync() => archive.DisposeAsync();
    }
}
