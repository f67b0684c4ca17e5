using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Commitments;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.RemoteCommitments;

namespace Pacs.Worker.Commitments;

/// <summary>Asks for storage commitment by N-ACTION, and stays a while for the N-EVENT-REPORT (PS3.4 §J.3).</summary>
internal sealed class DimseCommitment(RemoteCommitmentStore commitments, RemoteReports reports, PeerConnector connector, ILogger<DimseCommitment> logger)
{
    private const ushort RequestStorageCommitment = 1;

    private static readonly string[] TransferSyntaxes = [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian];

    /// <summary>Between two looks whether the report came on another association.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <returns>What becomes of each object when the peer does not take the request; null when it does.</returns>
    /// <exception cref="PeerAwayException">It cannot be reached.</exception>
    /// <exception cref="AssociationException">The association broke: whether the peer has the request is not known.</exception>
    public Task<JobObjectResult?> AskAsync(Peer peer, string transaction, IReadOnlyList<CommitmentReference> references, CancellationToken stop, CancellationToken cancellation) =>
        OwnThread.RunAsync(() => Ask(peer, transaction, references, stop, cancellation));

    private JobObjectResult? Ask(Peer peer, string transaction, IReadOnlyList<CommitmentReference> references, CancellationToken stop, CancellationToken cancellation)
    {
        using var association = PeerConnector.Connect(connector.Options(peer, [new ProposedContext(Uids.StorageCommitmentPushModel, TransferSyntaxes)]), cancellation);
        if (association.FindContexts(Uids.StorageCommitmentPushModel) is not [var context, ..])
            return new JobObjectResult(0, JobState.Failed, null, "The peer accepts no storage commitment context");
        var incoming = reports.From(peer.AeTitle);
        var status = association.Send(context, Action(), Information(transaction, references), incoming).Last().Status;
        if (!status.IsDone) return new JobObjectResult(0, status.IsTransient ? JobState.Waiting : JobState.Failed, status.Value, $"The request is refused: {status}");
        commitments.AwaitAsync(transaction, PatienceOf(peer), CancellationToken.None).GetAwaiter().GetResult();
        Await(association, peer, transaction, incoming, stop);
        return null;
    }

    /// <summary>The report comes on this association, on another, or later.</summary>
    private void Await(ClientAssociation association, Peer peer, string transaction, IDimseService incoming, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var patience = TimeSpan.FromSeconds((peer.Commitment ?? PeerCommitment.Default).WaitSeconds);
        try
        {
            while (!commitments.IsReportedAsync(transaction, CancellationToken.None).GetAwaiter().GetResult() && !stop.IsCancellationRequested)
            {
                if (patience - Stopwatch.GetElapsedTime(began) is not { Ticks: > 0 } left) return;
                association.TryReceive(incoming, left < Look ? left : Look);
            }
        }
        catch (AssociationException e)
        {
            logger.ReportElsewhere(peer.AeTitle, transaction, e.Message);
        }
    }

    private static TimeSpan PatienceOf(Peer peer) => TimeSpan.FromSeconds((peer.Commitment ?? PeerCommitment.Default).ReportTimeoutSeconds);

    private static CommandSet Action() => new()
    {
        Command = CommandField.NActionRq,
        RequestedSopClassUid = Uids.StorageCommitmentPushModel,
        RequestedSopInstanceUid = Uids.StorageCommitmentPushModelInstance,
        ActionTypeId = RequestStorageCommitment,
    };

    /// <summary>PS3.4 Table J.3-1.</summary>
    private static DicomDataset Information(string transaction, IReadOnlyList<CommitmentReference> references) => new DicomDataset()
        .Set(Tags.TransactionUID, transaction)
        .Set(Tags.ReferencedSOPSequence, references.Select(r =>
            new DicomDataset().Set(Tags.ReferencedSOPClassUID, r.SopClassUid).Set(Tags.ReferencedSOPInstanceUID, r.SopInstanceUid)).ToList());
}
