using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Security;

namespace Pacs.Api.Wado;

/// <summary>WADO-RS, the Retrieve transaction (PS3.18 §10.4).</summary>
internal static class WadoEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    private const string InstanceForms = """
        Part 10 files within `multipart/related; type="application/dicom"`. The `transfer-syntax` parameter of the Accept header chooses the
        encoding: a UID, or `*` for each as it is stored. Without it, uncompressed objects come in Explicit VR Little Endian and compressed
        ones as they are stored.
        """;

    public static void MapWado(this IEndpointRouteBuilder dicomWeb)
    {
        var group = dicomWeb.MapGroup("").WithTags("DICOMweb: retrieve (WADO-RS)").RequireScope(ApiKeyScope.Read);

        group.MapMethods("/studies/{study}", Methods, (HttpContext context, WadoInstances wado, string study) => wado.RunAsync(context, study, null, null))
            .DescribeInstances("Retrieve a study", InstanceForms);
        group.MapMethods("/studies/{study}/series/{series}", Methods, (HttpContext context, WadoInstances wado, string study, string series) => wado.RunAsync(context, study, series, null))
            .DescribeInstances("Retrieve a series", InstanceForms);
        group.MapMethods("/studies/{study}/series/{series}/instances/{instance}", Methods, (HttpContext context, WadoInstances wado, string study, string series, string instance) => wado.RunAsync(context, study, series, instance))
            .DescribeInstances("Retrieve an instance", InstanceForms + "\n`Accept: application/dicom` gets the file alone, without multipart.");
        group.MapWadoParts();
    }

    private static void DescribeInstances(this RouteHandlerBuilder endpoint, string summary, string description) => endpoint
        .WithSummary(summary)
        .WithDescription(description)
        .Answers(StatusCodes.Status200OK, "The instances, by series and instance number.", MediaTypes.Multipart)
        .DescribeFailures("A UID of the path is none.", "There is nothing of these UIDs.", "An instance cannot be had in the form asked for; the detail tells which can.");

    public static void DescribeFailures(this RouteHandlerBuilder endpoint, string badRequest, string notFound, string notAcceptable) => endpoint
        .Fails(StatusCodes.Status400BadRequest, badRequest)
        .Fails(StatusCodes.Status404NotFound, notFound)
        .Fails(StatusCodes.Status406NotAcceptable, notAcceptable)
        .Fails(StatusCodes.Status410Gone, "It was here and was deleted.")
        .Fails(StatusCodes.Status503ServiceUnavailable, "The database does not answer.");
}
