using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Security;

namespace Pacs.Api.Stow;

/// <summary>STOW-RS, the Store transaction (PS3.18 §10.5).</summary>
internal static class StowEndpoints
{
    private const string Description = """
        Part 10 files within `multipart/related; type="application/dicom"`, or one file as `application/dicom`; any SOP class, any transfer
        syntax, any size. Each is stored as it is received, and safe on disk and in the index when this answers. The answer names the
        stored ones with their addresses and the failed ones with a reason: A700 out of resources, A900 identifiers missing or
        not as the address says, C000 not a data set, 0111 another object has this UID, 0110 anything else.

        Example: `curl -H 'Content-Type: application/dicom' --data-binary @image.dcm http://localhost:8080/dicomweb/studies`
        """;

    private const string Stored = """{"00081190":{"vr":"UR","Value":["http://localhost:8080/dicomweb/studies/1.2"]},"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.2"]},"00081155":{"vr":"UI","Value":["1.2.3.4"]},"00081190":{"vr":"UR","Value":["http://localhost:8080/dicomweb/studies/1.2/series/1.2.3/instances/1.2.3.4"]}}]}}""";
    private const string Failed = """{"00081198":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.2"]},"00081155":{"vr":"UI","Value":["1.2.3.4"]},"00081197":{"vr":"US","Value":[43264]}}]}}""";

    public static void MapStow(this IEndpointRouteBuilder dicomWeb)
    {
        var group = dicomWeb.MapGroup("").WithTags("DICOMweb: store (STOW-RS)").RequireScope(ApiKeyScope.Write);
        group.MapPost("/studies", (HttpContext context, StowStore store) => store.RunAsync(context, null)).Describe("Store instances");
        group.MapPost("/studies/{study}", (HttpContext context, StowStore store, string study) => store.RunAsync(context, study)).Describe("Store instances of one study");
    }

    private static void Describe(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithSummary(summary)
        .WithDescription(Description)
        .Takes("DICOM files, each a part.", "multipart/related")
        .Takes("One DICOM file.", MediaTypes.Dicom)
        .Answers(StatusCodes.Status200OK, "All are stored.", MediaTypes.DicomJson, Stored)
        .Answers(StatusCodes.Status202Accepted, "Some are stored, some are not.", MediaTypes.DicomJson, Failed)
        .Answers(StatusCodes.Status409Conflict, "None is stored.", MediaTypes.DicomJson, Failed)
        .Answers(StatusCodes.Status200OK, "All are stored.", MediaTypes.DicomXml)
        .Answers(StatusCodes.Status202Accepted, "Some are stored, some are not.", MediaTypes.DicomXml)
        .Answers(StatusCodes.Status409Conflict, "None is stored.", MediaTypes.DicomXml)
        .Fails(StatusCodes.Status400BadRequest, "The body is not the multipart message that its Content-Type promises.")
        .Fails(StatusCodes.Status406NotAcceptable, "Neither JSON nor XML is accepted; the detail names their media types.")
        .Fails(StatusCodes.Status413PayloadTooLarge, "The body is larger than Pacs:Http:MaxRequestBytes.")
        .Fails(StatusCodes.Status415UnsupportedMediaType, "The Content-Type is neither multipart/related of application/dicom nor application/dicom.")
        .Answers(StatusCodes.Status503ServiceUnavailable, "The disk is full or the database away: send again later.", MediaTypes.DicomJson, Failed);
}
