using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.Commitments;
using Pacs.Storage.RemoteCommitments;

namespace Pacs.Dimse.Commitments;

/// <summary>
/// Storage Commitment Push Model SCP (PS3.4 Annex J): writes the request down and says so; then reads the files and reports
/// on the same association, as long as the requester stays. The job that was written with the request does it otherwise.
/// A requestor in the role of the SCP is a peer that this archive asked, and comes to report.
/// </summary>
internal sealed class CommitmentScp(CommitmentService commitments, RemoteReports reports, ILogger<CommitmentScp> logger) : IDimseService
{
    public string Name => nameof(DimseServiceKind.StorageCommitment);

    public IReadOnlyList<ServiceContext> Contexts { get; } =
    [
        new ServiceContext(Uids.StorageCommitmentPushModel, IdentifierSyntaxes.Uids) { RequestorMayBeScp = true, AssumesScp = true },
    ];

    public void Handle(DimseRequest request)
    {
        switch (request.Command.Command)
        {
            case CommandField.NActionRq:
                Commit(request);
                break;
            case CommandField.NEventReportRq:
                reports.Take(request, request.Association.CallingAeTitle);
                break;
            default:
                request.Respond(DimseStatus.UnrecognizedOperation);
                break;
        }
    }

    private void Commit(DimseRequest request)
    {
        try
        {
            var commitment = Begin(request);
            request.Respond(DimseStatus.Success);
            TryReport(request, commitment);
        }
        catch (CommitmentException e)
        {
            logger.Refused(request.Association.Id, request.Association.CallingAeTitle, e.Status, e.Message);
            request.Respond(e.Status, e.Message);
        }
    }

    /// <exception cref="CommitmentException">It is refused, or cannot be written down.</exception>
    private Commitment Begin(DimseRequest request)
    {
        var asked = CommitmentAction.Read(request);
        var accepted = Write(asked)
            ?? throw new CommitmentException(DimseStatus.InvalidArgumentValue, "This Transaction UID is in use for other objects");
        logger.Requested(request.Association.Id, request.Association.CallingAeTitle, accepted.ObjectsTotal, accepted.TransactionUid, accepted.Id);
        return accepted;
    }

    private Commitment? Write(CommitmentRequest asked)
    {
        try
        {
            return commitments.BeginAsync(asked, CancellationToken.None).GetAwaiter().GetResult().Commitment;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            throw new CommitmentException(DimseStatus.ResourceLimitation, "The database does not answer, try again later");
        }
    }

    /// <summary>Nothing that goes wrong here is lost: the job begins when this has given no sign for a while.</summary>
    private void TryReport(DimseRequest request, Commitment commitment)
    {
        var association = request.Association.Id;
        try
        {
            if (Verify(request, commitment)
                && commitments.ReportAsync(commitment, CancellationToken.None).GetAwaiter().GetResult() is { } report
                && commitments.KeepAsync(commitment, CancellationToken.None).GetAwaiter().GetResult()
                && request.Notify(report.Command, report.Dataset, response => Responded(association, commitment, response.Status))) return;
            commitments.HandOverAsync(commitment, CancellationToken.None).GetAwaiter().GetResult();
            logger.HandedOver(association, commitment.Id, commitment.JobId);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            logger.LeftToJob(association, commitment.Id, commitment.JobId, e.Message);
        }
    }

    /// <returns>False when it is better left to the job: the requester goes, or the server stops, or the job has begun.</returns>
    private bool Verify(DimseRequest request, Commitment commitment)
    {
        while (true)
        {
            if (request.IsStopping || request.IsCancelRequested) return false;
            if (!commitments.VerifyNextAsync(commitment.Id, CancellationToken.None).GetAwaiter().GetResult()) return true;
            if (!commitments.KeepAsync(commitment, CancellationToken.None).GetAwaiter().GetResult()) return false;
        }
    }

    private void Responded(long association, Commitment commitment, DimseStatus status)
    {
        logger.Reported(association, commitment.Id, status);
        try
        {
            if (status.IsDone) commitments.ReportedAsync(commitment, CancellationToken.None).GetAwaiter().GetResult();
            else commitments.HandOverAsync(commitment, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            logger.LeftToJob(association, commitment.Id, commitment.JobId, e.Message);
        }
    }
}
