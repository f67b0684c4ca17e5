using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Security;
using Pacs.Storage.Worklist;

namespace Pacs.Api.Rest.Worklist;

/// <summary>/worklist: the scheduled procedure steps that modalities are told of.</summary>
internal static class WorklistEndpoints
{
    private const string Item = """{"00080050":{"vr":"SH","Value":["A1234"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Doe^Jane"}]},"00100020":{"vr":"LO","Value":["12345"]},"00401001":{"vr":"SH","Value":["RP1"]},"00400100":{"vr":"SQ","Value":[{"00080060":{"vr":"CS","Value":["CT"]},"00400001":{"vr":"AE","Value":["CT1"]},"00400002":{"vr":"DA","Value":["20261121"]},"00400003":{"vr":"TM","Value":["103000"]},"00400007":{"vr":"LO","Value":["CT of the chest"]},"00400009":{"vr":"SH","Value":["SPS1"]}}]}}""";
    private const string Kept = """{"00081190":{"vr":"UR","Value":["http://localhost:8080/api/v1/worklist/17"]},"00100020":{"vr":"LO","Value":["12345"]},"0020000D":{"vr":"UI","Value":["2.25.93384713"]},"00400100":{"vr":"SQ","Value":[{"00400009":{"vr":"SH","Value":["SPS1"]},"00400020":{"vr":"CS","Value":["SCHEDULED"]}}]}}""";

    private const string Requirements = """
        An item is one scheduled procedure step: exactly one item in ScheduledProcedureStepSequence with ScheduledStationAETitle, start date and time,
        Modality and ScheduledProcedureStepID; beside it PatientName, PatientID and RequestedProcedureID. StudyInstanceUID is made when it is left out,
        ScheduledProcedureStepStatus is SCHEDULED. Any other attribute is kept and can be queried and returned. What is missing is told, all of it.
        """;

    public static void MapWorklist(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/worklist").WithTags("Worklist");
        group.MapPost("", PutAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Add or change worklist items")
            .WithDescription($"{Requirements}\n\nA step that is known by the same patient, accession number, requested procedure and step is changed, so that an import can be repeated. An array is taken as a whole or not at all.\n\nExample: `curl -H 'Content-Type: application/dicom' --data-binary @item.wl http://localhost:8080/api/v1/worklist`")
            .Takes("One data set, or an array of them.", MediaTypes.DicomJson, Item)
            .Takes("A `.wl` file: Part 10, or a bare data set.", MediaTypes.Dicom)
            .Answers(StatusCodes.Status201Created, "Added; of one item, Location tells where it is.", MediaTypes.DicomJson, Kept)
            .Answers(StatusCodes.Status200OK, "All were known, and are changed.", MediaTypes.DicomJson, Kept)
            .Fails(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {WorklistFile.MaxLength >> 20} MiB.")
            .Fails(StatusCodes.Status415UnsupportedMediaType, "The Content-Type is neither application/dicom+json nor application/dicom.")
            .FailsForItem();
        group.MapGet("", ListAsync)
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("List worklist items")
            .WithDescription("By their start, the earliest first. Any attribute is a key, named and matched as in QIDO-RS; attributes of the step need not name its sequence. Start date and time are one range. Completed, discontinued and cancelled items are listed only where ScheduledProcedureStepStatus is asked for, `*` for any. When there is more than the page takes, a `Warning: 299` header says so.\n\nExample: `?Modality=CT&ScheduledStationAETitle=CT1&ScheduledProcedureStepStartDate=20261121-20261122`")
            .WithMetadata(
                new QueryParameterMetadata("limit", "At most so many, 1 to 1000.", "integer", "100"),
                new QueryParameterMetadata("offset", "Leave out so many first.", "integer", "0"),
                new QueryParameterMetadata("fuzzymatching", "Find person names that are alike.", "boolean", "false"),
                new QueryParameterMetadata("ScheduledProcedureStepStartDate", "One of the many keys.", "string", null),
                new QueryParameterMetadata("ScheduledProcedureStepStatus", "Also closed items, of this status; `*` for any.", "string", null))
            .Answers(StatusCodes.Status200OK, "The items; RetrieveURL is where each is.", MediaTypes.DicomJson, $"[{Kept}]")
            .Fails(StatusCodes.Status413PayloadTooLarge, "Nothing narrows the search enough.")
            .FailsForItem();
        group.MapGet("/{id:long}", async (HttpContext context, WorklistStore worklist, PublicUrls urls, long id) =>
                await AnswerAsync(context, urls, StatusCodes.Status200OK, await worklist.FindAsync(id, context.RequestAborted) ?? throw Unknown(id)))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Get a worklist item")
            .WithDescription("All that is kept of it, with its status as it is now.")
            .Answers(StatusCodes.Status200OK, "The item.", MediaTypes.DicomJson, Kept)
            .FailsForId();
        group.MapPut("/{id:long}", ReplaceAsync)
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Replace a worklist item")
            .WithDescription($"{Requirements} Status and Study Instance UID stay as they are when left out.")
            .Takes("The data set.", MediaTypes.DicomJson, Item)
            .Takes("A `.wl` file.", MediaTypes.Dicom)
            .Answers(StatusCodes.Status200OK, "The item as it is now.", MediaTypes.DicomJson, Kept)
            .Fails(StatusCodes.Status409Conflict, "Another item is about this step.")
            .Fails(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {WorklistFile.MaxLength >> 20} MiB.")
            .Fails(StatusCodes.Status415UnsupportedMediaType, "The Content-Type is neither application/dicom+json nor application/dicom.")
            .Fails(StatusCodes.Status400BadRequest, "The data set is no item; the detail names everything that is missing.")
            .FailsForId();
        group.MapDelete("/{id:long}", async (WorklistStore worklist, long id, CancellationToken cancellation) =>
                await worklist.RemoveAsync(id, cancellation) ? Results.NoContent() : throw Unknown(id))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Remove a worklist item")
            .WithDescription("Modalities are not told of it any more.")
            .Answers(StatusCodes.Status204NoContent, "It is gone.")
            .FailsForId();
    }

    private static async Task PutAsync(HttpContext context, WorklistStore worklist, PublicUrls urls)
    {
        Accept.Json(context.Request);
        var body = await WorklistBody.ReadAsync(context.Request);
        var items = await worklist.PutAsync(body.Datasets, context.RequestAborted);
        var status = items.Any(i => i.IsNew) ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        if (body.IsArray)
        {
            await DatasetAnswer.WriteAsync(context, status, [.. items.Select(i => Addressed(i, urls, context.Request))]);
            return;
        }
        if (items[0].IsNew) context.Response.Headers.Location = $"/api/v1/worklist/{items[0].Id}";
        await AnswerAsync(context, urls, status, items[0]);
    }

    private static async Task ListAsync(HttpContext context, WorklistSearch worklist, PublicUrls urls)
    {
        Accept.Json(context.Request);
        var query = WorklistQuery.Parse(context.Request.Query);
        var (skip, page) = (query.Offset, new List<DicomDataset>());
        await foreach (var item in worklist.RunAsync(query.Keys, query.FuzzyMatching, context.RequestAborted))
        {
            if (skip-- > 0) continue;
            if (page.Count == query.Limit)
            {
                DatasetAnswer.WarnOfMore(context, $"{urls.Rest(context.Request)}/worklist");
                break;
            }
            page.Add(Addressed(item, urls, context.Request));
        }
        await DatasetAnswer.WriteAsync(context, StatusCodes.Status200OK, page);
    }

    private static async Task ReplaceAsync(HttpContext context, WorklistStore worklist, PublicUrls urls, long id)
    {
        Accept.Json(context.Request);
        var dataset = (await WorklistBody.ReadAsync(context.Request)).Single();
        await AnswerAsync(context, urls, StatusCodes.Status200OK, await worklist.ReplaceAsync(id, dataset, context.RequestAborted) ?? throw Unknown(id));
    }

    private static Task AnswerAsync(HttpContext context, PublicUrls urls, int status, WorklistItem item) =>
        DatasetAnswer.WriteAsync(context, status, Addressed(item, urls, context.Request));

    private static DicomDataset Addressed(WorklistItem item, PublicUrls urls, HttpRequest request) =>
        item.Dataset.Set(Tags.RetrieveURL, Vr.UR, $"{urls.Rest(request)}/worklist/{item.Id}");

    private static ApiException Unknown(long id) => ApiException.NotFound($"There is no worklist item {id}. GET /api/v1/worklist lists those there are.");

    private static void FailsForItem(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status400BadRequest, "The data set is no item, or a parameter is not valid; the detail names everything that is missing.")
        .Fails(StatusCodes.Status406NotAcceptable, "Only JSON is served.");

    private static void FailsForId(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status404NotFound, "There is no such item.");
}
