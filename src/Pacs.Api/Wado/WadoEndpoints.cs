using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Security;

namespace Pacs.Api.Wado;

/// <summary>WADO-RS, the Retrieve transaction (PS3.18 §10.4).</summary>
internal static class WadoEndpoints
{
    public const string OtherVersion = "There is another version than If-Match names.";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    private const string InstanceForms = """
        Part 10 files within `multipart/related; type="application/dicom"`, which is the default, or within `application/zip`
        (`study/series/instance.dcm`, not deflated). The `transfer-syntax` parameter of the accepted media type chooses the encoding: a UID, or
        `*` for each as it is stored. Without it, uncompressed objects come in Explicit VR Little Endian and compressed ones as they are
        stored; a zip holds each as it is stored. Of several accepted types the one of the highest quality (`q=`) is sent that all
        objects can be had in; what would have to be compressed or decompressed is refused (406) before anything is sent.
        `multipart/related; type="application/octet-stream"` gets the bulk data instead. Renderings and thumbnails are not served (406).
        """;

    private const string SinglePart = """

        `Accept: application/dicom` gets the file alone, without multipart: then with an ETag (`If-None-Match`) and, as long as it is sent as it is
        stored, with ranges (`Range`, `If-Range`).
        """;

    public static void MapWado(this IEndpointRouteBuilder dicomWeb)
    {
        var group = dicomWeb.MapGroup("").WithTags("DICOMweb: retrieve (WADO-RS)").RequireScope(ApiKeyScope.Read);

        group.MapMethods("/studies/{study}", Methods, (HttpContext context, WadoInstances wado, string study) => wado.RunAsync(context, study, null, null))
            .DescribeInstances("Retrieve a study", InstanceForms);
        group.MapMethods("/studies/{study}/series/{series}", Methods, (HttpContext context, WadoInstances wado, string study, string series) => wado.RunAsync(context, study, series, null))
            .DescribeInstances("Retrieve a series", InstanceForms);
        group.MapMethods("/studies/{study}/series/{series}/instances/{instance}", Methods, (HttpContext context, WadoInstances wado, string study, string series, string instance) => wado.RunAsync(context, study, series, instance))
            .DescribeInstances("Retrieve an instance", InstanceForms + SinglePart)
            .Answers(StatusCodes.Status200OK, "The instance.", MediaTypes.Dicom)
            .Answers(StatusCodes.Status206PartialContent, "The range asked for, of the file alone; several as multipart/byteranges.", MediaTypes.Dicom)
            .Answers(StatusCodes.Status304NotModified, "The file is still the one that the ETag of If-None-Match names.")
            .FailsByCondition();
        group.MapWadoParts();
        foreach (var resource in new[] { "rendered", "thumbnail" }) group.MapRendered(resource);
    }

    /// <summary>WADO-URI (PS3.18 §9).</summary>
    public static void MapWadoUri(this IEndpointRouteBuilder server) => server
        .MapMethods("/wado", Methods, (HttpContext context, WadoUri wado) => wado.RunAsync(context))
        .WithTags("DICOMweb: retrieve (WADO-URI)")
        .RequireScope(ApiKeyScope.Read)
        .WithSummary("Retrieve an object by parameters")
        .WithDescription("""
            The DICOM file of one object, also when no `contentType` is asked for; rendered forms are not served. With an ETag and ranges as
            WADO-RS has them. Parameters that are not known are ignored, with a `Warning: 299`.

            Example: `/wado?requestType=WADO&studyUID=1.2&seriesUID=1.2.3&objectUID=1.2.3.4&contentType=application/dicom`
            """)
        .WithMetadata(
            new QueryParameterMetadata("requestType", "Always `WADO`.", "string", "WADO"),
            new QueryParameterMetadata("studyUID", "Study Instance UID.", "string", "1.2.826.0.1.3680043.8.498.1"),
            new QueryParameterMetadata("seriesUID", "Series Instance UID.", "string", "1.2.826.0.1.3680043.8.498.1.1"),
            new QueryParameterMetadata("objectUID", "SOP Instance UID.", "string", "1.2.826.0.1.3680043.8.498.1.1.1"),
            new QueryParameterMetadata("contentType", "Media types in place of an Accept header; `application/dicom` is what there is.", "string", "application/dicom"),
            new QueryParameterMetadata("transferSyntax", "UID of the transfer syntax to send in, `*` for the stored one. Without it, Explicit VR Little Endian, or as stored when compressed.", "string", "*"),
            new QueryParameterMetadata("charset", "Character sets, which a DICOM file is not turned into: it names its own.", "string", null),
            new QueryParameterMetadata("anonymize", "`yes` is refused (406): identities are not removed here.", "string", null))
        .Answers(StatusCodes.Status200OK, "The file.", MediaTypes.Dicom)
        .Answers(StatusCodes.Status206PartialContent, "The range asked for; several as multipart/byteranges.", MediaTypes.Dicom)
        .Answers(StatusCodes.Status304NotModified, "The file is still the one that the ETag of If-None-Match names.")
        .FailsByCondition()
        .DescribeFailures("A parameter is missing, twice there or not valid; the detail names it.", "There is no such object.", "Another media type, a transfer syntax that would need a codec, or an object without its identity is asked for.");

    /// <summary>They are refused, so that there is nothing to describe.</summary>
    private static void MapRendered(this IEndpointRouteBuilder dicomWeb, string resource)
    {
        var group = dicomWeb.MapGroup("").ExcludeFromDescription();
        group.MapMethods($"/studies/{{study}}/{resource}", Methods, (HttpContext context, RenderedResource rendered, string study) => rendered.RunAsync(context, study, null, null));
        group.MapMethods($"/studies/{{study}}/series/{{series}}/{resource}", Methods, (HttpContext context, RenderedResource rendered, string study, string series) => rendered.RunAsync(context, study, series, null));
        group.MapMethods($"/studies/{{study}}/series/{{series}}/instances/{{instance}}/{resource}", Methods, (HttpContext context, RenderedResource rendered, string study, string series, string instance) => rendered.RunAsync(context, study, series, instance));
        group.MapMethods($"/studies/{{study}}/series/{{series}}/instances/{{instance}}/frames/{{frames}}/{resource}", Methods, (HttpContext context, RenderedResource rendered, string study, string series, string instance) => rendered.RunAsync(context, study, series, instance));
    }

    private static RouteHandlerBuilder DescribeInstances(this RouteHandlerBuilder endpoint, string summary, string description) => endpoint
        .WithSummary(summary)
        .WithDescription(description)
        .WithMetadata(
            new QueryParameterMetadata(Accept.Parameter, "Media types in place of an Accept header, where that cannot be set: without wildcards, and such as the header accepts.", "string", "application/zip"),
            new QueryParameterMetadata("charset", "Character sets, which DICOM files are not turned into: they name their own.", "string", null))
        .Answers(StatusCodes.Status200OK, "The instances, by series and instance number.", MediaTypes.MultipartDicom)
        .Answers(StatusCodes.Status200OK, "The instances, by series and instance number.", MediaTypes.Zip)
        .DescribeFailures("A UID of the path is none, or rendered media types are accepted beside those of DICOM.", "There is nothing of these UIDs.", "An instance cannot be had in the form asked for; the detail tells which can.");

    public static RouteHandlerBuilder FailsByCondition(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status412PreconditionFailed, OtherVersion)
        .Fails(StatusCodes.Status416RangeNotSatisfiable, "The range lies outside; Content-Range tells the length.");

    public static RouteHandlerBuilder DescribeFailures(this RouteHandlerBuilder endpoint, string badRequest, string notFound, string notAcceptable) => endpoint
        .Fails(StatusCodes.Status400BadRequest, badRequest)
        .Fails(StatusCodes.Status404NotFound, notFound)
        .Fails(StatusCodes.Status406NotAcceptable, notAcceptable)
        .Fails(StatusCodes.Status410Gone, "It was here and was deleted.")
        .Fails(StatusCodes.Status503ServiceUnavailable, "The database does not answer.");
}
