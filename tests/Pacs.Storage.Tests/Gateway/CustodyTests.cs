using Microsoft.AspNetCore.Http;
using Pacs.Storage.Gateway;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Gateway;

/// <summary>An archive that has the only files is not lost by a change of its peer; what was seen at one server is not believed of another.</summary>
public sealed class CustodyTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private StorageProcess _process = null!;
    private ScriptedDicomWeb _archive = null!;

    private PeerStore Peers => _process.Get<PeerStore>();
    private GatewayStore Store => _process.Get<GatewayStore>();

    public async Task InitializeAsync() => (_process, _archive) = (fixture.StartProcess(), await ScriptedDicomWeb.StartAsync());

    public async Task DisposeAsync()
    {
        _process.Dispose();
        await _archive.DisposeAsync();
    }

    [Fact]
    public async Task Remove_HasTheOnlyFiles_IsRefusedUntilSomebodyInsists()
    {
        var study = StoreStudy();
        var peer = await GiveUpAsync(study);
        var refused = await Assert.ThrowsAsync<OnlyCopiesException>(() => Peers.RemoveAsync(peer.AeTitle, default));
        Assert.Equal((peer.AeTitle, 3L), (refused.Peer, refused.Count));
        Assert.Equal(study[0].ToDatasetBytes(), await ReadAsync(study[0]));

        Assert.True(await Peers.RemoveAsync(peer.AeTitle, default, evenIfOnlyThere: true));
        _process.Get<BlobCache>().Remove((await FindAsync(study[0])).BlobKey);
        await Assert.ThrowsAsync<BlobMissingException>(() => ReadAsync(study[0]));
        // What is known to be there is not forgotten.
        Assert.True(await Peers.PutAsync(peer, default));
        Assert.Equal(study[0].ToDatasetBytes(), await ReadAsync(study[0]));
    }

    [Fact]
    public async Task Remove_OtherPeers_GoAsEver()
    {
        await Peers.PutAsync(new Peer("CT1", "192.0.2.1", 104), default);
        Assert.True(await Peers.RemoveAsync("CT1", default));
        Assert.False(await Peers.RemoveAsync("CT1", default));
    }

    [Fact]
    public async Task Remove_AnotherArchiveHasTheFilesToo_IsAllowedToOneOfThem()
    {
        var study = StoreStudy();
        var (first, second) = (GivenUpFiles.PeerOf(_archive, GatewayQuery.Local), await GiveUpAsync(study));
        await Peers.PutAsync(first, default);
        Assert.Equal(3, await Store.NoteAsync(first.AeTitle, study[0].StudyInstanceUid, default));
        await Assert.ThrowsAsync<OnlyCopiesException>(() => Peers.RemoveAsync(second.AeTitle, default));
        // Verified at a second archive when the file was gone from here: it is known to be only elsewhere.
        fixture.Query($"UPDATE gateway_objects SET job_id = 1 WHERE peer = '{first.AeTitle}'");
        var noted = await Store.ListAsync(new GatewayFilter { Peer = first.AeTitle }, default);
        await Store.ReportAsync(first.AeTitle, 1, [.. noted.Select(o => new GatewayReport(o, GatewayObjectState.Verified))], default);
        Assert.All(await Store.ListAsync(new GatewayFilter { Peer = first.AeTitle }, default), o => Assert.Equal(GatewayObjectState.Removed, o.State));
        Assert.True(await Peers.RemoveAsync(second.AeTitle, default));
        await Assert.ThrowsAsync<OnlyCopiesException>(() => Peers.RemoveAsync(first.AeTitle, default));
        Assert.Equal(study[0].ToDatasetBytes(), await ReadAsync(study[0]));
    }

    [Fact]
    public async Task Put_AnotherServerOrNone_IsRefusedWhereFilesAreOnlyThere()
    {
        var study = StoreStudy();
        var peer = await GiveUpAsync(study);
        await Assert.ThrowsAsync<OnlyCopiesException>(() => Peers.PutAsync(peer with { Web = new PeerWeb { Url = "https://elsewhere.example.org/dicomweb" } }, default));
        await Assert.ThrowsAsync<OnlyCopiesException>(() => Peers.PutAsync(new Peer(peer.AeTitle, "192.0.2.1", 104), default));
        // As long as it is the same server, what follows from it may change, also that it is a gateway.
        Assert.False(await Peers.PutAsync(peer with { Gateway = null }, default));
        Assert.Equal(study[0].ToDatasetBytes(), await ReadAsync(study[0]));
        await Assert.ThrowsAsync<OnlyCopiesException>(() => Peers.RemoveAsync(peer.AeTitle, default));
        Assert.False(await Peers.PutAsync(peer with { Web = new PeerWeb { Url = _archive.DicomWeb.ToString().Replace("localhost", "127.0.0.1", StringComparison.Ordinal) } }, default, evenIfOnlyThere: true));
        Assert.Equal(study[1].ToDatasetBytes(), await ReadAsync(study[1]));
    }

    /// <summary>Else files would go in trust of a server that never had them.</summary>
    [Fact]
    public async Task Put_AnotherServer_WhatIsStillHereBeginsAnew()
    {
        var study = StoreStudy();
        var peer = GivenUpFiles.PeerOf(_archive, GatewayQuery.Local);
        await Peers.PutAsync(peer, default);
        await Store.NoteAsync(peer.AeTitle, study[0].StudyInstanceUid, default);
        fixture.Query($"UPDATE gateway_objects SET state = 2, verified_at = now(), job_id = 7 WHERE peer = '{peer.AeTitle}'");
        fixture.Query($"UPDATE gateway_objects SET state = 0, verified_at = NULL WHERE sop_instance_uid = '{study[2].SopInstanceUid}'");
        var seen = await Store.ListAsync(new GatewayFilter { Peer = peer.AeTitle }, default);
        var moved = peer with { Web = new PeerWeb { Url = "https://elsewhere.example.org/dicomweb" } };
        await Peers.PutAsync(moved, default);

        Assert.Equal(0, await _process.Get<GatewayRemoval>().RunAsync(moved, default));
        // Nor does a job that talked to the former server say anything of the other.
        await Store.ReportAsync(peer.AeTitle, 7, [.. seen.Select(o => new GatewayReport(o, GatewayObjectState.Verified))], default);
        Assert.All(await Store.ListAsync(new GatewayFilter { Peer = peer.AeTitle }, default), o => Assert.Equal((GatewayObjectState.Pending, null, true), (o.State, o.JobId, o.Replaces)));
        foreach (var sample in study) Assert.False((await FindAsync(sample)).IsRemote);

        // Nor is it believed of one that comes after the peer was gone.
        fixture.Query($"UPDATE gateway_objects SET state = 2, verified_at = now() WHERE peer = '{peer.AeTitle}'");
        Assert.True(await Peers.RemoveAsync(peer.AeTitle, default));
        await Peers.PutAsync(peer, default);
        Assert.Equal(0, await _process.Get<GatewayRemoval>().RunAsync(peer, default));
        Assert.Empty(await Store.ListAsync(new GatewayFilter { Peer = peer.AeTitle }, default));
    }

    [Fact]
    public async Task Removal_PeerIsGoneMeanwhile_KeepsTheFile()
    {
        var study = StoreStudy();
        var peer = GivenUpFiles.PeerOf(_archive, GatewayQuery.Local);
        await Peers.PutAsync(peer, default);
        await Store.NoteAsync(peer.AeTitle, study[0].StudyInstanceUid, default);
        fixture.Query($"UPDATE gateway_objects SET state = 2, verified_at = now() WHERE peer = '{peer.AeTitle}'");
        await Peers.PutAsync(peer with { Gateway = null }, default);
        Assert.Equal(0, await _process.Get<GatewayRemoval>().RunAsync(peer, default));
        Assert.False((await FindAsync(study[0])).IsRemote);
    }

    /// <summary>By whatever way it was had, a promise of the archive counts; one from before the object was verified there may be another server's.</summary>
    [Fact]
    public async Task Commitment_HadByACommitJob_CountsOnceItIsOfTheServerOfNow()
    {
        var study = StoreStudy();
        var peer = GivenUpFiles.PeerOf(_archive, GatewayQuery.Local);
        peer = peer with { Gateway = peer.Gateway! with { Commitment = true } };
        await Peers.PutAsync(peer, default);
        await Store.NoteAsync(peer.AeTitle, study[0].StudyInstanceUid, default);
        fixture.Query($"UPDATE gateway_objects SET state = 2, verified_at = now() WHERE peer = '{peer.AeTitle}'");
        fixture.Query(
            $"""
            INSERT INTO remote_commitments (sop_instance_uid, peer, study_instance_uid, blob_key, transaction_uid, requested_at)
            SELECT sop_instance_uid, peer, study_instance_uid, blob_key, '1.2.3', now() - interval '1 hour' FROM gateway_objects WHERE peer = '{peer.AeTitle}'
            """);
        var commitments = _process.Get<GatewayCommitments>();
        Assert.Equal(3, await commitments.RunAsync(peer, default));
        Assert.Equal(0, await _process.Get<GatewayRemoval>().RunAsync(peer, default));

        fixture.Query($"UPDATE remote_commitments SET requested_at = now() WHERE peer = '{peer.AeTitle}'");
        fixture.Query($"DELETE FROM jobs WHERE peer = '{peer.AeTitle}'");
        Assert.Equal(0, await commitments.RunAsync(peer, default));
        Assert.Equal(3, await _process.Get<GatewayRemoval>().RunAsync(peer, default));
    }

    [Fact]
    public async Task Commitment_ArchiveSaysNo_IsAskedForAgainAfterAWhileAndLast()
    {
        var study = StoreStudy();
        var peer = GivenUpFiles.PeerOf(_archive, GatewayQuery.Local);
        peer = peer with { Gateway = peer.Gateway! with { Commitment = true } };
        await Peers.PutAsync(peer, default);
        await Store.NoteAsync(peer.AeTitle, study[0].StudyInstanceUid, default);
        fixture.Query($"UPDATE gateway_objects SET state = 2, verified_at = now() WHERE peer = '{peer.AeTitle}'");
        var commitments = _process.Get<GatewayCommitments>();
        Assert.Equal(3, await commitments.RunAsync(peer, default));

        fixture.Query($"UPDATE jobs SET created_at = now() - interval '1 hour' WHERE peer = '{peer.AeTitle}'");
        Assert.Equal(0, await commitments.RunAsync(peer, default));
        fixture.Query($"UPDATE jobs SET state = {(int)JobState.Failed}, finished_at = now() WHERE peer = '{peer.AeTitle}'");
        Assert.Equal(0, await commitments.RunAsync(peer, default));

        fixture.Query($"UPDATE jobs SET finished_at = now() - interval '1 hour' WHERE peer = '{peer.AeTitle}'");
        fixture.Query($"UPDATE gateway_objects SET job_id = NULL WHERE sop_instance_uid = '{study[2].SopInstanceUid}'");
        Assert.Equal(3, await commitments.RunAsync(peer, default));
        Assert.Equal(study[2].SopInstanceUid, fixture.Query($"SELECT o.sop_instance_uid FROM job_objects o JOIN jobs j ON j.id = o.job_id WHERE j.peer = '{peer.AeTitle}' AND o.number = 1 ORDER BY j.id DESC LIMIT 1"));
    }

    private IReadOnlyList<SampleObject> StoreStudy()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        foreach (var sample in study) Assert.True(_process.Store(sample).IsSuccess);
        return study;
    }

    private Task<Peer> GiveUpAsync(IReadOnlyList<SampleObject> study) =>
        GivenUpFiles.GiveUpAsync(Peers, Store, _process.Get<GatewayRemoval>(), fixture, _archive, GatewayQuery.Local, study);

    private async Task<StoredInstance> FindAsync(SampleObject sample)
    {
        await foreach (var instance in _process.Get<RetrievalService>().SelectAsync(InstanceSelector.Of(null, null, sample.SopInstanceUid), default)) return instance;
        throw new InvalidOperationException("It is not in the index.");
    }

    private async Task<byte[]> ReadAsync(SampleObject sample)
    {
        var instance = await FindAsync(sample);
        return await Task.Run(() =>
        {
            using var stream = _process.Get<RetrievalService>().OpenDataset(instance, sample.TransferSyntax);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        });
    }
}
