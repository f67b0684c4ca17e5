using System.Net.Http.Json;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Durability;

/// <summary>What was asked for and acknowledged is answered, also by a server that died in between.</summary>
public sealed class CommitmentKillTests
{
    [Fact]
    public async Task Kill_BetweenRequestAndReport_ReportArrivesAfterTheRestart()
    {
        using var requester = new RecordingScp(Uids.StorageCommitmentPushModel, "CT1");
        await using var server = await PacsServer.StartAsync();
        using (var added = await server.Http.PutAsJsonAsync("/api/v1/peers/CT1", new { host = requester.Address.Host, port = requester.Address.Port })) added.EnsureSuccessStatusCode();
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        var scu = new TestScu(server.Dimse);
        foreach (var sample in study) Assert.True((await scu.StoreAsync(sample))!.Status.IsSuccess);

        var transaction = Uid.Generate();
        using (var association = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = server.Dimse.Host,
            Port = server.Dimse.Port,
            CalledAeTitle = server.Dimse.AeTitle,
            CallingAeTitle = "CT1",
            Contexts = [new ProposedContext(Uids.StorageCommitmentPushModel, Uids.ExplicitVRLittleEndian)],
        }))
        {
            var response = association.Send(association.Info.Contexts[0], CommitmentSamples.Action(), CommitmentSamples.Information(transaction, study)).Single();
            Assert.True(response.Status.IsSuccess);
            // A report on this association is not responded to, and so has not been delivered.
            await server.KillAsync();
        }
        Assert.Empty(requester.Requests);
        await server.StartAgainAsync();

        await Eventually.TrueAsync(() => !requester.Requests.IsEmpty);
        Assert.True(requester.Requests.TryPeek(out var report));
        Assert.Equal((transaction, (ushort)1), (report.Dataset.GetString(Tags.TransactionUID), report.Command.EventTypeId!.Value));
        Assert.Equal(study.Select(o => o.SopInstanceUid), CommitmentSamples.Committed(report.Dataset));
    }
}
