using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.Find;

/// <summary>C-FIND SCP (PS3.4 §C.4.1).</summary>
internal sealed class FindService(QueryEngine queries, PacsOptions options, ILogger<FindService> logger) : IDimseService
{
    /// <summary>Answers between two looks for a C-CANCEL.</summary>
    private const int AnswersPerCancelCheck = 16;

    public string Name => nameof(DimseServiceKind.Find);

    public IReadOnlyList<ServiceContext> Contexts { get; } =
        [.. InformationModel.All.Select(m => new ServiceContext(m.Find, IdentifierSyntaxes.Uids))];

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command != CommandField.CFindRq)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        var final = Answer(request, out var matches);
        request.Respond(final);
        logger.Found(request.Association.Id, request.Association.CallingAeTitle, matches, final.Status, final.ErrorComment ?? "");
    }

    /// <summary>Sends the matches; the result is the final response.</summary>
    private CommandSet Answer(DimseRequest request, out int matches)
    {
        matches = 0;
        try
        {
            var model = InformationModel.Of(request.Context.AbstractSyntax);
            var identifier = FindIdentifier.Parse(request.ReadDataset(), model);
            var pending = identifier.HasUnsupportedKeys ? DimseStatus.PendingWithoutOptionalKeys : DimseStatus.Pending;
            using var stop = new CancellationTokenSource();
            foreach (var match in queries.RunAsync(identifier.Query, stop.Token).ToBlockingEnumerable(stop.Token))
            {
                if (matches % AnswersPerCancelCheck == 0 && request.IsCancelRequested) return request.Command.Response(DimseStatus.Cancel);
                if (request.IsStopping) return Failure(request, DimseStatus.UnableToProcess, "The server is shutting down, ask again later");
                request.Respond(request.Command.Response(pending), FindAnswer.Create(match, identifier, model, options.Dimse.AeTitle));
                matches++;
            }
            return request.Command.Response(request.IsCancelRequested ? DimseStatus.Cancel : DimseStatus.Success);
        }
        catch (IdentifierException e)
        {
            var failure = Failure(request, DimseStatus.DatasetDoesNotMatchSopClass, e.Message);
            failure.OffendingElements = [e.OffendingElement];
            return failure;
        }
        catch (DicomFormatException e)
        {
            return Failure(request, DimseStatus.UnableToProcess, e.Message);
        }
        catch (QueryException e)
        {
            var failure = Failure(request, FindStatus.Of(e.Error), e.Message);
            if (e.OffendingElement is { } tag) failure.OffendingElements = [tag];
            return failure;
        }
    }

    private static CommandSet Failure(DimseRequest request, DimseStatus status, string comment)
    {
        var response = request.Command.Response(status);
        response.ErrorComment = comment;
        return response;
    }
}
