using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>What C-GET and C-MOVE have in common: which objects, one by one, pending responses, cancel, the end.</summary>
internal sealed class RetrieveOperation(RetrievalService retrieval, RetrieveMetrics metrics, ILogger<RetrieveOperation> logger)
{
    /// <summary>Associations in a row that may break under an object before the rest is given up.</summary>
    private const int MaxBrokenAssociations = 2;

    /// <param name="name">"C-GET", "C-MOVE".</param>
    /// <param name="request">The request.</param>
    /// <param name="refuse">A reason not to begin, once the identifier is known to be good; null for none.</param>
    /// <param name="open">Where the objects go.</param>
    public void Run(string name, DimseRequest request, Func<CommandSet?> refuse, Func<IReadOnlyList<StoredInstance>, ISuboperationTarget> open)
    {
        var (final, failed) = Perform(request, refuse, open);
        request.Respond(final, failed);

        metrics.Add(name, "completed", final.CompletedSuboperations ?? 0);
        metrics.Add(name, "warning", final.WarningSuboperations ?? 0);
        metrics.Add(name, "failed", final.FailedSuboperations ?? 0);
        logger.Retrieved(
            request.Association.Id, name, request.Association.CallingAeTitle, request.Command.MoveDestination is { } destination && AeTitle.IsValid(destination) ? destination : request.Association.CallingAeTitle,
            final.CompletedSuboperations ?? 0, final.WarningSuboperations ?? 0, final.FailedSuboperations ?? 0, final.Status, final.ErrorComment ?? "");
    }

    private (CommandSet Final, DicomDataset? FailedList) Perform(
        DimseRequest request, Func<CommandSet?> refuse, Func<IReadOnlyList<StoredInstance>, ISuboperationTarget> open)
    {
        List<StoredInstance> instances;
        try
        {
            var selector = RetrieveIdentifier.Parse(request.ReadDataset(), InformationModel.Of(request.Context.AbstractSyntax));
            if (refuse() is { } refusal) return (refusal, null);
            instances = [.. retrieval.SelectAsync(selector, CancellationToken.None).ToBlockingEnumerable()];
        }
        catch (IdentifierException e)
        {
            var failure = Failure(request, DimseStatus.DatasetDoesNotMatchSopClass, e.Message);
            failure.OffendingElements = [e.OffendingElement];
            return (failure, null);
        }
        catch (DicomFormatException e)
        {
            return (Failure(request, DimseStatus.UnableToProcess, e.Message), null);
        }
        catch (System.Data.Common.DbException)
        {
            return (Failure(request, DimseStatus.UnableToProcess, "The database does not answer, try again later"), null);
        }
        var counts = new Suboperations(instances.Count);
        if (instances.Count == 0) return (counts.Final(request.Command), null);
        using var target = open(instances);
        var wasCancelled = Send(request, instances, target, counts);
        return (wasCancelled ? counts.Cancelled(request.Command) : counts.Final(request.Command), counts.FailedList());
    }

    /// <returns>Whether it was cancelled before the end.</returns>
    private static bool Send(DimseRequest request, List<StoredInstance> instances, ISuboperationTarget target, Suboperations counts)
    {
        var broken = 0;
        foreach (var instance in instances)
        {
            if (request.IsCancelRequested) return true;
            if ((request.IsStopping ? "The server is shutting down, ask again later" : broken >= MaxBrokenAssociations ? "The destination went away" : null) is { } reason)
            {
                counts.Fail(instance.SopInstanceUid, reason);
                continue;
            }
            try
            {
                counts.Add(instance.SopInstanceUid, target.Send(instance));
                broken = 0;
            }
            catch (AssociationException e) when (target.SurvivesBrokenAssociation)
            {
                counts.Fail(instance.SopInstanceUid, e.Message);
                broken++;
            }
            if (counts.Remaining > 0) target.Report(counts.Pending(request.Command));
        }
        return false;
    }

    private static CommandSet Failure(DimseRequest request, DimseStatus status, string comment)
    {
        var response = request.Command.Response(status);
        response.ErrorComment = comment;
        return response;
    }
}
