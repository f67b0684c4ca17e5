using System.Collections.Concurrent;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.TestKit;

namespace Pacs.Dicom.Tests.Net;

/// <summary>N-EVENT-REPORT: the one request that an SCP sends (PS3.7 §10.1.1).</summary>
public sealed class NotificationTests
{
    private readonly ConcurrentQueue<DimseStatus> _responses = [];
    private readonly ConcurrentQueue<bool> _sent = [];

    [Fact]
    public async Task Notify_AfterTheResponse_ReachesTheRequestor()
    {
        using var server = Server();
        var reports = new TestService { Before = r => Assert.Equal("1.2.3", r.ReadDataset().GetString(Tags.TransactionUID)) };
        using var client = server.Associate(new ProposedContext(Uids.StorageCommitmentPushModel, TestService.Native));
        Assert.True(client.Send(client.Info.Contexts[0], Action(), null).Single().Status.IsSuccess);
        client.Receive(reports);
        await Eventually.TrueAsync(() => _responses.Count == 1);
        Assert.Equal([DimseStatus.Success], _responses);
        Assert.Equal([true], _sent);
    }

    [Fact]
    public async Task Notify_OtherRequestsBeforeItsResponse_AreServed()
    {
        using var server = Server();
        using var client = server.Associate(new ProposedContext(Uids.StorageCommitmentPushModel, TestService.Native));
        var context = client.Info.Contexts[0];
        _ = client.Send(context, Action(), null).Single();
        var reports = new TestService { Before = r => r.ReadDataset() };
        // The second is on its way before the report of the first is looked at; a report at a time is owed a response.
        Assert.True(client.Send(context, Action(), null, reports).Single().Status.IsSuccess);
        await Eventually.TrueAsync(() => _responses.Count == 1);
        Assert.Equal([true, false], _sent);
        _ = client.Send(context, Action(), null).Single();
        client.Receive(reports);
        await Eventually.TrueAsync(() => _responses.Count == 2);
    }

    [Fact]
    public async Task Notify_RequestorReleasesInstead_EndsInOrder()
    {
        using var server = Server();
        using (var client = server.Associate(new ProposedContext(Uids.StorageCommitmentPushModel, TestService.Native)))
            _ = client.Send(client.Info.Contexts[0], Action(), null).Single();
        await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
        Assert.Empty(_responses);
    }

    [Fact]
    public void Send_EventReportInTheScpRole_IsPerformed()
    {
        using var server = Server();
        using var client = server.Associate(new ProposedContext(Uids.StorageCommitmentPushModel, TestService.Native) { AsScu = false, AsScp = true });
        var context = client.Info.Contexts[0];
        Assert.Equal((false, true), (context.RequestorIsScu, context.RequestorIsScp));
        Assert.True(client.Send(context, Report(), new DicomDataset()).Single().Status.IsSuccess);
        Assert.Equal(DimseStatus.UnrecognizedOperation, client.Send(context, Action(), null).Single().Status);
    }

    [Fact]
    public void Send_EventReportInTheScuRole_IsRefused()
    {
        using var server = Server();
        using var client = server.Associate(new ProposedContext(Uids.StorageCommitmentPushModel, TestService.Native));
        Assert.Equal(DimseStatus.UnrecognizedOperation, client.Send(client.Info.Contexts[0], Report(), new DicomDataset()).Single().Status);
    }

    private TestServer Server() => new(new TestService
    {
        Contexts = [new(Uids.StorageCommitmentPushModel, TestService.Native) { RequestorMayBeScp = true }],
        Instead = request =>
        {
            request.Respond(DimseStatus.Success);
            if (request.Command.Command == CommandField.NActionRq)
                _sent.Enqueue(request.Notify(Report(), new DicomDataset().Set(Tags.TransactionUID, "1.2.3"), r => _responses.Enqueue(r.Status)));
        },
    });

    private static CommandSet Action() => new()
    {
        Command = CommandField.NActionRq,
        RequestedSopClassUid = Uids.StorageCommitmentPushModel,
        RequestedSopInstanceUid = Uids.StorageCommitmentPushModelInstance,
        ActionTypeId = 1,
    };

    private static CommandSet Report() => new()
    {
        Command = CommandField.NEventReportRq,
        AffectedSopClassUid = Uids.StorageCommitmentPushModel,
        AffectedSopInstanceUid = Uids.StorageCommitmentPushModelInstance,
        EventTypeId = 1,
    };
}
