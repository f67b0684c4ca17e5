using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.Find;

/// <summary>C-FIND SCP (PS3.4 §C.4.1).</summary>
internal sealed class FindService(QueryEngine queries, ILogger<FindService> logger) : IDimseService
{
    public string Name => nameof(DimseServiceKind.Find);

    public IReadOnlyList<ServiceContext> Contexts { get; } =
        [.. InformationModel.All.Select(m => new ServiceContext(m.Find, IdentifierSyntaxes.Uids))];

    public ReadOnlyMemory<byte>? Negotiate(SopClassExtendedNegotiation proposed, object? profile) => ExtendedBehavior.Negotiate(proposed);

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command != CommandField.CFindRq)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        FindIdentifier identifier;
        try
        {
            identifier = FindIdentifier.Parse(request.ReadDataset(), InformationModel.Of(request.Context.AbstractSyntax), ExtendedBehavior.Of(request));
        }
        catch (IdentifierException e)
        {
            var failure = Failure(request, DimseStatus.DatasetDoesNotMatchSopClass, e.Message);
            failure.OffendingElements = [e.OffendingElement];
            End(request, failure, 0);
            return;
        }
        catch (DicomFormatException e)
        {
            End(request, Failure(request, DimseStatus.UnableToProcess, e.Message), 0);
            return;
        }
        request.Continue(() => End(request, Answer(request, identifier, out var matches), matches));
    }

    /// <summary>Sends the matches; the result is the final response.</summary>
    private CommandSet Answer(DimseRequest request, FindIdentifier identifier, out int matches)
    {
        matches = 0;
        var pending = identifier.HasUnsupportedKeys ? DimseStatus.PendingWithoutOptionalKeys : DimseStatus.Pending;
        try
        {
            using var search = new FindSearch<DicomDataset>(stop => queries.RunAsync(identifier.Query, stop), request);
            while (search.MoveNext())
            {
                // Whom it asked is where it can get it: a listener may answer to a title of its own.
                request.Respond(request.Command.Response(pending), FindAnswer.Create(search.Current, identifier, request.Association.CalledAeTitle));
                matches++;
            }
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
            var failure = Failure(request, FindStatus.Of(e.Error), e.Message);
            if (e.OffendingElement is { } tag) failure.OffendingElements = [tag];
            return failure;
        }
        catch (Exception e) when (e is not AssociationException)
        {
            logger.SearchFailed(request.Association.Id, e);
            return Failure(request, DimseStatus.UnableToProcess, "The search failed; the server's log tells why");
        }
    }

    private void End(DimseRequest request, CommandSet final, int matches)
    {
        request.Respond(final);
        logger.Found(request.Association.Id, request.Association.CallingAeTitle, matches, final.Status, final.ErrorComment ?? "");
    }

    private static CommandSet Failure(DimseRequest request, DimseStatus status, string comment)
    {
        var response = request.Command.Response(status);
        response.ErrorComment = comment;
        return response;
    }
}
