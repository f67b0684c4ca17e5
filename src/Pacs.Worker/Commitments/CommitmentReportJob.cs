using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Commitments;
using Pacs.Storage.Hosting;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Worker.Commitments;

/// <summary>
/// Tells the requester of a storage commitment, on an association of this side, what came of it; one that asked by DICOMweb looks
/// for itself. The job's one object is the transaction.
/// </summary>
internal sealed class CommitmentReportJob(CommitmentService commitments, PeerStore peers, PeerConnector connector) : IJobKind
{
    private static readonly string[] TransferSyntaxes = [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian];

    public string Name => CommitmentService.JobKind;

    public bool MayBeRequested => false;

    public bool NeedsPeer => true;

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        if (await run.ClaimAsync(cancellation) is not [var transaction]) return;
        if (await commitments.FindAsync(run.Job.Peer!, transaction.SopInstanceUid, cancellation) is not { } commitment)
        {
            await run.ReportAsync([new JobObjectResult(transaction.Number, JobState.Failed, null, "The commitment is no longer on record")], cancellation);
            return;
        }
        var result = await ReportAsync(commitment, cancellation);
        await run.ReportAsync([result with { Number = transaction.Number }], CancellationToken.None);
    }

    private async Task<JobObjectResult> ReportAsync(Commitment commitment, CancellationToken cancellation)
    {
        while (await commitments.VerifyNextAsync(commitment.Id, cancellation)) { }
        // It may have been taken on the association of the request, at the last moment.
        if (commitment.ReportedAt is not null || commitment.Requester == CommitmentService.WebRequester) return new JobObjectResult(0, JobState.Done);
        if (await commitments.ReportAsync(commitment, cancellation) is not { } report) return new JobObjectResult(0, JobState.Waiting, null, "The requester asked again");

        // Only now: what was found is on record also where nobody can be told.
        var peer = await peers.FindAsync(commitment.Requester, cancellation) ?? throw new JobRunException(
            $"{commitment.Requester} asked for storage commitment, and is no known peer: add it with PUT /api/v1/peers/{commitment.Requester}, so that it can be told. GET /api/v1/commitments/{commitment.Id} has the result.");
        if (await OwnThread.RunAsync(() => Send(peer, commitment.CalledAeTitle, report, cancellation)) is not { } status)
            return new JobObjectResult(0, JobState.Failed, null, "The peer accepts no storage commitment context: it may report only on the association of the request");
        if (status.IsDone) await commitments.ReportedAsync(commitment, CancellationToken.None);
        return new JobObjectResult(0, status.IsDone ? JobState.Done : status.IsTransient ? JobState.Waiting : JobState.Failed, status.Value, status.IsSuccess ? "" : status.ToString());
    }

    /// <returns>Null when the peer takes no reports.</returns>
    private DimseStatus? Send(Peer peer, string callingAeTitle, CommitmentReport report, CancellationToken cancellation)
    {
        var context = new ProposedContext(Uids.StorageCommitmentPushModel, TransferSyntaxes) { AsScu = false, AsScp = true };
        using var association = PeerConnector.Connect(connector.Options(peer, [context]) with { CallingAeTitle = callingAeTitle }, cancellation);
        // Many peers accept the context and say nothing of roles: they know what comes.
        return association.Info.Contexts is [var accepted, ..] ? association.Send(accepted, report.Command, report.Dataset).Last().Status : null;
    }
}
