using Pacs.Storage.Queries;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Gateway;
using Pacs.Storage.Hosting;
using Pacs.Storage.Retrieval;

namespace Pacs.Dimse.Retrieve;

/// <summary>What C-GET and C-MOVE have in common: which objects, one by one, pending responses, cancel, the end.</summary>
internal sealed class RetrieveOperation(RetrievalService retrieval, ArchiveInstances archive, PacsOptions options, TimeProvider time, RetrieveMetrics metrics, ILogger<RetrieveOperation> logger)
{
    /// <summary>Reads the identifier, and continues with the rest.</summary>
    /// <param name="name">"C-GET", "C-MOVE".</param>
    /// <param name="request">The request.</param>
    /// <param name="refuse">A reason not to begin, once the identifier is known to be good; null for none.</param>
    /// <param name="open">Where the objects go.</param>
    public void Run(string name, DimseRequest request, Func<CommandSet?> refuse, Func<InstanceSnapshot, ISuboperationTarget> open)
    {
        var (selector, refusal) = Read(request);
        request.Continue(() =>
        {
            var (final, failed) = refusal is null ? Perform(request, selector!, refuse, open) : (refusal, null);
            request.Respond(final, failed);

            metrics.Add(name, "completed", final.CompletedSuboperations ?? 0);
            metrics.Add(name, "warning", final.WarningSuboperations ?? 0);
            metrics.Add(name, "failed", final.FailedSuboperations ?? 0);
            logger.Retrieved(
                request.Association.Id, name, request.Association.CallingAeTitle, request.Command.MoveDestination is { } destination && AeTitle.IsValid(destination) ? destination : request.Association.CallingAeTitle,
                final.CompletedSuboperations ?? 0, final.WarningSuboperations ?? 0, final.FailedSuboperations ?? 0, final.Status, final.ErrorComment ?? "");
        });
    }

    private static (InstanceSelector? Selector, CommandSet? Refusal) Read(DimseRequest request)
    {
        try
        {
            return (RetrieveIdentifier.Parse(request.ReadDataset(), InformationModel.Of(request.Context.AbstractSyntax), ExtendedBehavior.Of(request).Relational), null);
        }
        catch (IdentifierException e)
        {
            var failure = Failure(request, DimseStatus.DatasetDoesNotMatchSopClass, e.Message);
            failure.OffendingElements = [e.OffendingElement];
            return (null, failure);
        }
        catch (DicomFormatException e)
        {
            return (null, Failure(request, DimseStatus.UnableToProcess, e.Message));
        }
    }

    private (CommandSet Final, DicomDataset? FailedList) Perform(
        DimseRequest request, InstanceSelector selector, Func<CommandSet?> refuse, Func<InstanceSnapshot, ISuboperationTarget> open)
    {
        InstanceSnapshot snapshot;
        string? missing;
        try
        {
            if (refuse() is { } refusal) return (refusal, null);
            snapshot = retrieval.SnapshotAsync(selector, CancellationToken.None).GetAwaiter().GetResult();
            var listing = archive.ListAsync(selector, snapshot.SopInstanceUids, CancellationToken.None).GetAwaiter().GetResult();
            missing = listing.Missing;
            if (listing.Instances.Count > 0) snapshot = snapshot.With([.. listing.Instances.Select(i => (i.SopInstanceUid, (Func<CancellationToken, Task<StoredInstance?>>)(c => archive.FetchAsync(i, c))))]);
        }
        catch (DbException)
        {
            return (Failure(request, DimseStatus.UnableToCalculateMatches, "The database does not answer, try again later"), null);
        }
        if (missing is not null && snapshot.SopInstanceUids.Count == 0) return (Failure(request, DimseStatus.UnableToCalculateMatches, missing), null);
        var counts = new Suboperations(snapshot.SopInstanceUids.Count) { Missing = missing };
        if (counts.Remaining == 0) return (counts.Final(request.Command), null);
        var wasCancelled = Send(request, snapshot, open(snapshot), counts);
        return (wasCancelled ? counts.Cancelled(request.Command) : counts.Final(request.Command), counts.FailedList());
    }

    /// <returns>Whether it was cancelled before the end.</returns>
    private bool Send(DimseRequest request, InstanceSnapshot snapshot, ISuboperationTarget target, Suboperations counts)
    {
        using var pending = new PendingResponses(request, counts, target.HasOwnAssociation ? TimeSpan.FromSeconds(options.Dimse.PendingIntervalSeconds) : null, time);
        using (target) return new SuboperationRun(request, snapshot, target, pending).Send();
    }

    private static CommandSet Failure(DimseRequest request, DimseStatus status, string comment)
    {
        var response = request.Command.Response(status);
        response.ErrorComment = comment;
        return response;
    }
}
