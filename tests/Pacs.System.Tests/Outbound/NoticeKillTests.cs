using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Outbound;

/// <summary>
/// Notifications of studies, and signs of life, broken off while the peer has one in hand: in the end it knows of every study, by
/// one notification each, and the jobs say so. <c>PACS_KILL_ROUNDS</c> repeats each case.
/// </summary>
public sealed class NoticeKillTests(ImpatientServer fixture) : IClassFixture<ImpatientServer>
{
    private const int Studies = 10;

    private readonly JobClient _jobs = new(fixture.Server.Http);

    [Theory]
    [InlineData(Victim.Worker, "instance-availability", Uids.InstanceAvailabilityNotification)]
    [InlineData(Victim.Server, "content-notification", Uids.BasicStudyContentNotification)]
    [InlineData(Victim.Database, "content-notification", Uids.BasicStudyContentNotification)]
    [InlineData(Victim.Machine, "instance-availability", Uids.InstanceAvailabilityNotification)]
    [InlineData(Victim.Peer, "content-notification", Uids.BasicStudyContentNotification)]
    public async Task Kill_InTheMiddleOfNotifications_PeerKnowsOfEveryStudyAndTheJobsTellTheTruth(Victim victim, string kind, string sopClass)
    {
        for (var round = 0; round < Killing.Rounds; round++) await NotifyAsync(victim, kind, sopClass);
    }

    [Theory]
    [InlineData(Victim.Worker)]
    [InlineData(Victim.Database)]
    [InlineData(Victim.Machine)]
    public async Task Kill_InTheMiddleOfVerification_EveryPeerIsAskedAndTheJobTellsTheTruth(Victim victim)
    {
        for (var round = 0; round < Killing.Rounds; round++) await VerifyAsync(victim);
    }

    private async Task NotifyAsync(Victim victim, string kind, string sopClass)
    {
        using var goOn = new ManualResetEventSlim();
        using var peer = new RecordingScp(sopClass);
        using var relay = new TcpRelay(peer.Address);
        var begun = Random.Shared.Next(1, Studies - 2);
        peer.Answer = _ =>
        {
            if (peer.Requests.Count >= begun) goOn.Wait(Eventually.Patience);
            return DimseStatus.Success;
        };
        await _jobs.PutPeerAsync(peer.Address.AeTitle, new { host = relay.Address.Host, port = relay.Address.Port });
        var studies = Enumerable.Range(0, Studies).Select(_ => SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 8, Columns = 8 })).ToList();
        await Killing.SucceedAsync(() => fixture.Web.StowAsync(studies.Select(o => o.ToPart10())));
        var jobs = new List<long>();
        foreach (var study in studies) jobs.Add(await _jobs.StartAsync(new { kind, peer = peer.Address.AeTitle, studyInstanceUid = study.StudyInstanceUid }));

        await Eventually.TrueAsync(() => peer.Requests.Count >= begun);
        await victim.KillAsync(fixture.Server, () => Set(relay, isAway: true), () => Set(relay, isAway: false));
        goOn.Set();

        foreach (var id in jobs) JobClient.AssertDone(await _jobs.EndOfAsync(id, timeoutSeconds: 180), 1);
        // A repeated one has the SOP Instance UID of the first.
        Assert.Equal(
            studies.Select(o => o.StudyInstanceUid).Order(StringComparer.Ordinal),
            peer.Requests.Select(r => (r.Command.AffectedSopInstanceUid, Study: r.Dataset.GetString(Tags.StudyInstanceUID)!)).Distinct().Select(r => r.Study).Order(StringComparer.Ordinal));
        await RemoveAsync(peer.Address);
    }

    private async Task VerifyAsync(Victim victim)
    {
        using var goOn = new ManualResetEventSlim();
        var asked = 0;
        using var slow = new ScriptedScp([Uids.Verification], request =>
        {
            Interlocked.Increment(ref asked);
            goOn.Wait(Eventually.Patience);
            request.Respond(DimseStatus.Success);
        });
        await using var foreign = await StoreScp.StartAsync($"VERIFY{Random.Shared.Next():X8}");
        DicomAddress[] peers = [slow.Address, foreign.Address];
        foreach (var peer in peers) await _jobs.PutPeerAsync(peer.AeTitle, new { host = peer.Host, port = peer.Port });
        var id = await _jobs.StartAsync(new { kind = "verify" });

        await Eventually.TrueAsync(() => Volatile.Read(ref asked) > 0);
        await victim.KillAsync(fixture.Server, () => Task.CompletedTask, () => Task.CompletedTask);
        goOn.Set();

        JobClient.AssertDone(await _jobs.EndOfAsync(id, timeoutSeconds: 180), peers.Length);
        foreach (var peer in peers)
        {
            var verification = await _jobs.ReadAsync($"/api/v1/peers/{peer.AeTitle}/verification");
            Assert.True(verification.GetProperty("success").GetBoolean(), verification.GetRawText());
            await RemoveAsync(peer);
        }
    }

    private static Task Set(TcpRelay relay, bool isAway)
    {
        relay.IsAway = isAway;
        return Task.CompletedTask;
    }

    private Task RemoveAsync(DicomAddress peer) => Killing.SucceedAsync(() => fixture.Server.Http.DeleteAsync($"/api/v1/peers/{peer.AeTitle}"));
}
