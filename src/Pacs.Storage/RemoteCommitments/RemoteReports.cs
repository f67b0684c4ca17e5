using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;

namespace Pacs.Storage.RemoteCommitments;

/// <summary>Takes what peers report of requests for storage commitment (PS3.4 §J.3.3), on whichever association it comes.</summary>
public sealed class RemoteReports(RemoteCommitmentStore commitments, ILogger<RemoteReports> logger)
{
    /// <summary>Responds to an N-EVENT-REPORT: with success once it is on record.</summary>
    /// <param name="request">It.</param>
    /// <param name="sender">AE title of the peer at the other end.</param>
    public void Take(DimseRequest request, string sender)
    {
        try
        {
            var report = RemoteReport.Read(request);
            var isNews = commitments.TakeAsync(sender, report, CancellationToken.None).GetAwaiter().GetResult();
            logger.Reported(request.Association.Id, sender, report.TransactionUid, report.Committed.Count, report.Failed.Count, isNews);
            request.Respond(DimseStatus.Success);
        }
        catch (ReportRefusedException e)
        {
            logger.NotBelieved(request.Association.Id, sender, e.Status, e.Message);
            request.Respond(e.Status, e.Message);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            logger.NotBelieved(request.Association.Id, sender, DimseStatus.ProcessingFailure, e.Message);
            request.Respond(DimseStatus.ProcessingFailure, "The database does not answer, report again later");
        }
    }

    /// <summary>What takes the report of a peer on an association that this side opened to it.</summary>
    public IDimseService From(string peer) => new Receiver(this, peer);

    private sealed class Receiver(RemoteReports reports, string peer) : IDimseService
    {
        public IReadOnlyList<ServiceContext> Contexts => [];

        public void Handle(DimseRequest request) => reports.Take(request, peer);
    }
}
