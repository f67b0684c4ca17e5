using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.ProcedureSteps;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.ProcedureSteps;

/// <summary>/procedure-steps: what modalities reported of their work.</summary>
internal static class ProcedureStepEndpoints
{
    private const string Example = """{"00080016":{"vr":"UI","Value":["1.2.840.10008.3.1.2.3.3"]},"00080018":{"vr":"UI","Value":["1.2.3.4"]},"00080060":{"vr":"CS","Value":["CT"]},"00400244":{"vr":"DA","Value":["20261121"]},"00400252":{"vr":"CS","Value":["COMPLETED"]}}""";

    public static void MapProcedureSteps(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/procedure-steps").WithTags("Worklist").RequireScope(ApiKeyScope.Read);
        group.MapGet("", ListAsync)
            .WithSummary("List performed procedure steps")
            .WithDescription("What modalities reported by MPPS, newest first. A `Warning: 299` header says when there is more than the page takes.")
            .WithMetadata(
                new QueryParameterMetadata("studyInstanceUid", "Only those of this study.", "string", "1.2.826.0.1.3680043.8.498.1"),
                new QueryParameterMetadata("status", "Only `InProgress`, `Completed` or `Discontinued`.", "string", "InProgress"),
                new QueryParameterMetadata("limit", "At most so many, 1 to 1000.", "integer", "100"),
                new QueryParameterMetadata("offset", "Leave out so many first.", "integer", "0"))
            .Answers(StatusCodes.Status200OK, "The steps, with their SOP Instance UID.", MediaTypes.DicomJson, $"[{Example}]")
            .Fails(StatusCodes.Status400BadRequest, "A parameter is not valid.")
            .Fails(StatusCodes.Status406NotAcceptable, "Only JSON is served.");
        group.MapGet("/{instance}", async (HttpContext context, ProcedureStepStore steps, string instance) =>
                await DatasetAnswer.WriteAsync(context, StatusCodes.Status200OK, Identified(await steps.FindAsync(instance, context.RequestAborted)
                    ?? throw ApiException.NotFound("There is no procedure step of this SOP Instance UID. GET /api/v1/procedure-steps lists those there are."))))
            .WithSummary("Get a performed procedure step")
            .WithDescription("All that the modality created and set of it.")
            .Answers(StatusCodes.Status200OK, "The step.", MediaTypes.DicomJson, Example)
            .Fails(StatusCodes.Status404NotFound, "There is no such step.");
    }

    private static async Task ListAsync(HttpContext context, ProcedureStepStore steps, PublicUrls urls)
    {
        Accept.Json(context.Request);
        var query = context.Request.Query;
        var limit = Number(query, "limit", 100) is var l and >= 1 and <= 1000 ? l : throw ApiException.BadRequest("limit is a number from 1 to 1000.");
        var found = await steps.ListAsync(query["studyInstanceUid"], Status(query["status"]), limit + 1, Number(query, "offset", 0), context.RequestAborted);
        if (found.Count > limit) DatasetAnswer.WarnOfMore(context, $"{urls.Rest(context.Request)}/procedure-steps");
        await DatasetAnswer.WriteAsync(context, StatusCodes.Status200OK, [.. found.Take(limit).Select(Identified)]);
    }

    private static DicomDataset Identified(ProcedureStep step) =>
        step.Dataset.Set(Tags.SOPClassUID, Vr.UI, Uids.ModalityPerformedProcedureStep).Set(Tags.SOPInstanceUID, Vr.UI, step.SopInstanceUid);

    private static int Number(IQueryCollection query, string name, int absent) =>
        query[name].ToString() is not { Length: > 0 } text ? absent
            : int.TryParse(text, System.Globalization.NumberStyles.None, null, out var number) ? number
            : throw ApiException.BadRequest($"{name} is a whole number.");

    private static ProcedureStepStatus? Status(string? text) => text is null or "" ? null
        : Enum.TryParse<ProcedureStepStatus>(text, ignoreCase: true, out var status) && Enum.IsDefined(status) ? status
        : throw ApiException.BadRequest("status is InProgress, Completed or Discontinued.");
}
