using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.Gateway;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.Find;

/// <summary>C-FIND SCP (PS3.4 §C.4.1).</summary>
internal sealed class FindService(ThroughQueries queries, ILogger<FindService> logger) : IDimseService
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
        string? missing = null;
        var pending = identifier.HasUnsupportedKeys ? DimseStatus.PendingWithoutOptionalKeys : DimseStatus.Pending;
        try
        {
            using var search = new FindSearch<DicomDataset>(stop => SearchAsync(identifier.Query, why => missing = why, stop), request);
            while (search.MoveNext())
            {
                // Whom it asked is where it can get it: a listener may answer to a title of its own.
                request.Respond(request.Command.Response(pending), FindAnswer.Create(search.Current, identifier, request.Association.CalledAeTitle));
                matches++;
            }
            if (request.IsCancelRequested) return request.Command.Response(DimseStatus.Cancel);
            // No warning ends a C-FIND (PS3.4 Table C.4-1), and success would say that this is all.
            return missing is null ? request.Command.Response(DimseStatus.Success) : Failure(request, DimseStatus.UnableToProcess, missing);
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

    private async IAsyncEnumerable<DicomDataset> SearchAsync(QuerySpec query, Action<string?> tell, [EnumeratorCancellation] CancellationToken stop)
    {
        var answer = await queries.BeginAsync(query, stop, withAvailability: true);
        tell(answer.Missing);
        await foreach (var match in answer.Matches) yield return match;
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
