using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.TestKit.Samples;

namespace Pacs.TestKit.Clients;

/// <summary>Brings stored objects to where a worker would have brought them: at an archive, with their files gone from here.</summary>
public static class GivenUpFiles
{
    /// <param name="peers">Of the archive under test.</param>
    /// <param name="store">Of it, too.</param>
    /// <param name="removal">Of it, too.</param>
    /// <param name="postgres">Its database.</param>
    /// <param name="web">The archive behind it.</param>
    /// <param name="query">Who answers queries.</param>
    /// <param name="samples">Stored before.</param>
    /// <returns>The archive as a peer.</returns>
    public static async Task<Peer> GiveUpAsync(
        PeerStore peers, GatewayStore store, GatewayRemoval removal, PostgresFixture postgres, ScriptedDicomWeb web, GatewayQuery query, params IReadOnlyList<SampleObject> samples)
    {
        var peer = PeerOf(web, query);
        await peers.PutAsync(peer, default);
        foreach (var study in samples.Select(s => s.StudyInstanceUid).Distinct()) await store.NoteAsync(peer.AeTitle, study, default);
        foreach (var sample in samples)
        {
            web.Add(sample.ToPart10());
            postgres.Query($"UPDATE gateway_objects SET state = 2, verified_at = now() WHERE peer = '{peer.AeTitle}' AND sop_instance_uid = '{sample.SopInstanceUid}'");
        }
        while (await removal.RunAsync(peer, default) > 0) await Task.Yield();
        return peer;
    }

    /// <summary>Waits until queries go to the archive: which one they go to is remembered for a moment.</summary>
    public static Task AskedAsync(ArchiveConnector archives, Peer peer) =>
        Eventually.TrueAsync(async () => await archives.FindForQueriesAsync(default) is { } asked && asked.AeTitle == peer.AeTitle && asked.Web == peer.Web && asked.Gateway == peer.Gateway);

    /// <summary>The archive as a peer that objects are not sent to by itself.</summary>
    public static Peer PeerOf(ScriptedDicomWeb web, GatewayQuery query) => new($"CLOUD{Random.Shared.Next(1_000_000)}")
    {
        Web = new PeerWeb { Url = web.DicomWeb.ToString() },
        Gateway = new PeerGateway { Store = false, KeepMinutes = 0, Query = query, QueryTimeoutSeconds = 60 },
    };
}
