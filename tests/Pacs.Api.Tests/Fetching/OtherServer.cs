using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dimse.Server;
using Pacs.Storage.Peers;
using Pacs.TestKit.Processes;

namespace Pacs.Api.Tests.Fetching;

/// <summary>Another archive of ours, to be fetched from.</summary>
internal sealed class OtherServer : ApiServer, IAsyncDisposable
{
    public const string AeTitle = "OTHER";

    protected override (string Key, string Value)[] Settings => [("Pacs:Dimse:AeTitle", AeTitle)];

    public DicomAddress Dimse => new(AeTitle, Services.GetRequiredService<DimseServer>().EndPoint.Port);

    public Task AddAsync(DicomAddress address) => Services.GetRequiredService<PeerStore>().PutAsync(new Peer(address.AeTitle, address.Host, address.Port), default);

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
}
