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
        syntax, any size. Each is stored as it is received, and safe on disk and in the index when this answers.

        Or metadata with bulk data: `type="application/dicom+json"` with an array of data sets in one part, or `type="application/dicom+xml"`
        with a part for each. Bulk data comes in parts of its own, before or after, each with the BulkDataURI that refers to it as its
        Content-Location. Pixel data: octets in little endian; `image/jpeg`, `jls`, `jp2`, `jpx`, `jph`, `jphc`, `jxl`, `dicom-rle` and `video/mpeg`, `mp4`, `h265`,
        encapsulated as they are; `image/png` and `image/gif`, decoded. Several parts of one Content-Location are frames. What describes the pixels is
        taken from the image where the metadata leave it out, and held against it where they do not.

        A body may have a Content-Encoding: `gzip`, `deflate` or `br`.

        The answer names the stored ones with their addresses and the failed ones, in the order of the request, with a reason: A700 out of
        resources, A900 identifiers missing or not as the address says, attributes not as the object is, C000 not understood, C122 and 0122 a
        transfer syntax or SOP class that is not taken, 0111 another object has this UID, 0110 anything else. A warning is B007: stored, but not as its SOP class asks.

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
        .Takes("An array of data sets without bulk data.", MediaTypes.DicomJson)
        .Takes("One data set without bulk data.", MediaTypes.DicomXml)
        .Answers(StatusCodes.Status200OK, "All are stored.", MediaTypes.DicomJson, Stored)
        .Answers(StatusCodes.Status202Accepted, "Some are stored, some are not.", MediaTypes.DicomJson, Failed)
        .Answers(StatusCodes.Status409Conflict, "None is stored.", MediaTypes.DicomJson, Failed)
        .Answers(StatusCodes.Status200OK, "All are stored.", MediaTypes.DicomXml)
        .Answers(StatusCodes.Status202Accepted, "Some are stored, some are not.", MediaTypes.DicomXml)
        .Answers(StatusCodes.Status409Conflict, "None is stored.", MediaTypes.DicomXml)
        .Fails(StatusCodes.Status400BadRequest, "The body is not the multipart message that its Content-Type promises; or nothing in it can be read, which is answered as 409 is.")
        .Fails(StatusCodes.Status406NotAcceptable, "Neither JSON nor XML is accepted; the detail names their media types.")
        .Fails(StatusCodes.Status413PayloadTooLarge, "The body is larger than Pacs:Http:MaxRequestBytes, or inflates to more than that or Pacs:Http:MaxInflation allows.")
        .Fails(StatusCodes.Status415UnsupportedMediaType, "The Content-Type is none of those above, or the Content-Encoding is not known.")
        .Answers(StatusCodes.Status503ServiceUnavailable, "The disk is full or the database away: send again later.", MediaTypes.DicomJson, Failed);
}
