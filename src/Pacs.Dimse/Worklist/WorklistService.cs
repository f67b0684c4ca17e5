using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.Access;
using Pacs.Dimse.Find;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.Queries;
using Pacs.Storage.Worklist;

namespace Pacs.Dimse.Worklist;

/// <summary>Modality Worklist SCP (PS3.4 §K.6.1).</summary>
internal sealed class WorklistService(WorklistSearch worklist, ILogger<WorklistService> logger) : IDimseService
{
    public string Name => nameof(DimseServiceKind.Worklist);

    public IReadOnlyList<ServiceContext> Contexts { get; } = [new(Uids.ModalityWorklistInformationModelFind, IdentifierSyntaxes.Uids)];

    /// <summary>Two fields that are always 1, fuzzy matching of person names, adjustment of time zones (PS3.4 §K.5.1), of which the last is not done.</summary>
    public ReadOnlyMemory<byte>? Negotiate(SopClassExtendedNegotiation proposed, object? profile)
    {
        var offered = proposed.ApplicationInformation.Span;
        if (offered.Length < 3) return null;
        byte[] answer = [1, 1, (byte)(offered[2] == 1 ? 1 : 0), 0];
        return answer.AsMemory(0, Math.Min(offered.Length, answer.Length));
    }

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command != CommandField.CFindRq)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        WorklistIdentifier identifier;
        try
        {
            identifier = WorklistIdentifier.Parse(request.ReadDataset());
        }
        catch (IdentifierException e)
        {
            End(request, Failure(request, DimseStatus.DatasetDoesNotMatchSopClass, e.Message, e.OffendingElement), 0);
            return;
        }
        catch (DicomFormatException e)
        {
            End(request, Failure(request, DimseStatus.UnableToProcess, e.Message), 0);
            return;
        }
        request.Continue(() => End(request, Answer(request, identifier, out var items), items));
    }

    /// <summary>Sends the items; the result is the final response.</summary>
    private CommandSet Answer(DimseRequest request, WorklistIdentifier identifier, out int items)
    {
        items = 0;
        var pending = identifier.HasUnsupportedKeys ? DimseStatus.PendingWithoutOptionalKeys : DimseStatus.Pending;
        try
        {
            using var search = new FindSearch<WorklistItem>(stop => worklist.RunAsync(identifier.Keys, IsFuzzy(request.Association), stop), request);
            for (; search.MoveNext(); items++)
                request.Respond(request.Command.Response(pending), WorklistAnswer.Create(search.Current, identifier));
            return request.Command.Response(request.IsCancelRequested ? DimseStatus.Cancel : DimseStatus.Success);
        }
        catch (OperationCanceledException)
        {
            return request.IsCancelRequested
                ? request.Command.Response(DimseStatus.Cancel)
                : Failure(request, DimseStatus.UnableToProcess, "The server is shutting down, ask again later");
        }
        catch (QueryException e)
        {
            return Failure(request, FindStatus.Of(e.Error), e.Message, e.OffendingElement);
        }
        catch (Exception e) when (e is not AssociationException)
        {
            logger.SearchFailed(request.Association.Id, e);
            return Failure(request, DimseStatus.UnableToProcess, "The search failed; the server's log tells why");
        }
    }

    private static bool IsFuzzy(AssociationInfo association) =>
        association.Rules().FuzzyMatching == true
        || association.ExtendedNegotiation.GetValueOrDefault(Uids.ModalityWorklistInformationModelFind).Span is [_, _, 1, ..];

    private void End(DimseRequest request, CommandSet final, int items)
    {
        request.Respond(final);
        logger.Listed(request.Association.Id, request.Association.CallingAeTitle, items, final.Status, final.ErrorComment ?? "");
    }

    private static CommandSet Failure(DimseRequest request, DimseStatus status, string comment, Pacs.Dicom.Primitives.Tag? offending = null)
    {
        var response = request.Command.Response(status);
        response.ErrorComment = comment;
        if (offending is { } tag) response.OffendingElements = [tag];
        return response;
    }
}
