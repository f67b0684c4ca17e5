using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Gateway;

/// <summary>A server with an archive behind it, one at a time.</summary>
public sealed class GatewayServer : ApiServer
{
    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Names the archive, and returns when queries go to it.</summary>
    public async Task<Peer> PutAsync(ScriptedDicomWeb archive, GatewayQuery query, int timeoutSeconds = 30)
    {
        var peer = GivenUpFiles.PeerOf(archive, query);
        peer = peer with { Gateway = peer.Gateway! with { QueryTimeoutSeconds = timeoutSeconds } };
        await Get<PeerStore>().PutAsync(peer, default);
        if (query != GatewayQuery.Local) await GivenUpFiles.AskedAsync(Get<ArchiveConnector>(), peer);
        return peer;
    }

    /// <summary>Stores objects and gives up their files.</summary>
    public async Task<Peer> GiveUpAsync(ScriptedDicomWeb archive, params IReadOnlyList<SampleObject> samples)
    {
        await StoreAsync(samples);
        return await GivenUpFiles.GiveUpAsync(Get<PeerStore>(), Get<GatewayStore>(), Get<GatewayRemoval>(), Postgres, archive, GatewayQuery.Local, samples);
    }

    /// <summary>Gives all but the end of what it is asked for, and cuts the connection.</summary>
    public static Func<HttpContext, Task<bool>> BreakingOff(SampleObject sample) => async context =>
    {
        if (!context.Request.Path.Value!.EndsWith(sample.SopInstanceUid, StringComparison.Ordinal)) return false;
        var file = sample.ToPart10();
        context.Response.ContentType = "application/dicom";
        await context.Response.Body.WriteAsync(file.AsMemory(0, file.Length - 100));
        await context.Response.Body.FlushAsync();
        context.Abort();
        return true;
    };
}
