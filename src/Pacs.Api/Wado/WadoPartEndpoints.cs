using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;

namespace Pacs.Api.Wado;

/// <summary>WADO-RS of what is in instances: metadata, frames, bulk data (PS3.18 §10.4.1.1.2, §10.4.1.1.5, §10.4.1.1.6).</summary>
internal static class WadoPartEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    private const string MetadataForms = """
        All attributes as DICOM JSON, or by the Accept header as `multipart/related; type="application/dicom+xml"`; bulk data
        by URI. Compressed with br or gzip when accepted. The ETag changes when an object
        does: send it in `If-None-Match` to be told 304 as long as it has not.
        """;

    public static void MapWadoParts(this IEndpointRouteBuilder group)
    {
        group.MapMethods("/studies/{study}/metadata", Methods, (HttpContext context, WadoMetadata wado, string study) => wado.RunAsync(context, study, null, null))
            .DescribeMetadata("Retrieve the metadata of a study");
        group.MapMethods("/studies/{study}/series/{series}/metadata", Methods, (HttpContext context, WadoMetadata wado, string study, string series) => wado.RunAsync(context, study, series, null))
            .DescribeMetadata("Retrieve the metadata of a series");
        group.MapMethods("/studies/{study}/series/{series}/instances/{instance}/metadata", Methods, (HttpContext context, WadoMetadata wado, string study, string series, string instance) => wado.RunAsync(context, study, series, instance))
            .DescribeMetadata("Retrieve the metadata of an instance");

        group.MapMethods("/studies/{study}/series/{series}/instances/{instance}/frames/{frames}", Methods, (HttpContext context, WadoFrames wado, string study, string series, string instance, string frames) => wado.RunAsync(context, study, series, instance, frames))
            .WithSummary("Retrieve frames")
            .WithDescription("""
                Pixels of the frames, counted from 1, as they are stored: little endian octets when uncompressed, otherwise the media type of their
                compression (`image/jpeg`, `image/jp2`, `image/jls`, …) or `application/octet-stream; transfer-syntax=*`. A frame of 1-bit pixels begins
                with the lowest bit of its first byte. Several are sent as multipart/related, in the order asked for; one may be asked for alone,
                then with an ETag and ranges.

                Example: `…/frames/1,2,3`
                """)
            .Answers(StatusCodes.Status200OK, "The frames in the order asked for.", MediaTypes.Multipart)
            .Answers(StatusCodes.Status200OK, "The frames in the order asked for.", MediaTypes.OctetStream)
            .DescribeSinglePart()
            .DescribeFailures("The frames are not numbers from 1, or one is named twice.", "There is no such instance or frame.", "The pixels would have to be decoded; the detail names the types that are served.");
        group.MapMethods("/studies/{study}/series/{series}/instances/{instance}/bulkdata/{**path}", Methods, (HttpContext context, WadoBulkData wado, string study, string series, string instance, string path) => wado.RunAsync(context, study, series, instance, path))
            .WithSummary("Retrieve a bulk value")
            .WithDescription("""
                The value that a `BulkDataURI` of the metadata names: within multipart/related, or alone, then with an ETag and ranges. Uncompressed
                values are little endian `application/octet-stream`; encapsulated documents have a media type of their own, such as `application/pdf`;
                compressed pixels that of their compression, each frame as a part.

                Example: `…/bulkdata/7FE00010`
                """)
            .Answers(StatusCodes.Status200OK, "The value.", MediaTypes.Multipart)
            .Answers(StatusCodes.Status200OK, "The value.", MediaTypes.OctetStream)
            .DescribeSinglePart()
            .DescribeFailures("A UID of the path is none.", "There is no such instance or value.", "The value is not served in the form asked for; the detail names those that are.");

        group.MapMethods("/studies/{study}/bulkdata", Methods, (HttpContext context, WadoBulkData wado, string study) => wado.RunAllAsync(context, study, null, null, onlyPixelData: false))
            .DescribeAllBulkData("Retrieve all bulk data of a study");
        group.MapMethods("/studies/{study}/pixeldata", Methods, (HttpContext context, WadoBulkData wado, string study) => wado.RunAllAsync(context, study, null, null, onlyPixelData: true))
            .DescribePixelData("Retrieve the pixel data of a study");
        group.MapMethods("/studies/{study}/series/{series}/bulkdata", Methods, (HttpContext context, WadoBulkData wado, string study, string series) => wado.RunAllAsync(context, study, series, null, onlyPixelData: false))
            .DescribeAllBulkData("Retrieve all bulk data of a series");
        group.MapMethods("/studies/{study}/series/{series}/pixeldata", Methods, (HttpContext context, WadoBulkData wado, string study, string series) => wado.RunAllAsync(context, study, series, null, onlyPixelData: true))
            .DescribePixelData("Retrieve the pixel data of a series");
        group.MapMethods("/studies/{study}/series/{series}/instances/{instance}/bulkdata", Methods, (HttpContext context, WadoBulkData wado, string study, string series, string instance) => wado.RunAllAsync(context, study, series, instance, onlyPixelData: false))
            .DescribeAllBulkData("Retrieve all bulk data of an instance");
        group.MapMethods("/studies/{study}/series/{series}/instances/{instance}/pixeldata", Methods, (HttpContext context, WadoBulkData wado, string study, string series, string instance) => wado.RunAllAsync(context, study, series, instance, onlyPixelData: true))
            .DescribePixelData("Retrieve the pixel data of an instance");
    }

    private static void DescribeAllBulkData(this RouteHandlerBuilder endpoint, string summary) => endpoint.DescribeAll(summary,
        "Every value to which the metadata has a `BulkDataURI`, each with that URI as its Content-Location, instance by instance.", "There is nothing of these UIDs, or no bulk data in it.");

    private static void DescribePixelData(this RouteHandlerBuilder endpoint, string summary) => endpoint.DescribeAll(summary,
        "Pixel Data, Float or Double Float Pixel Data of each instance, with its BulkDataURI as Content-Location; not those of icons.", "There is nothing of these UIDs, or no pixels in it.");

    private static void DescribeAll(this RouteHandlerBuilder endpoint, string summary, string description, string notFound) => endpoint
        .WithSummary(summary)
        .WithDescription(description + " Frames that are compressed are a part each: `…/bulkdata/7FE00010/frames/1`. Either all can be had in a form that is accepted, or none is sent.")
        .Answers(StatusCodes.Status200OK, "The values.", MediaTypes.Multipart)
        .DescribeFailures("A UID of the path is none.", notFound, "One of the values is not served in the form asked for; the detail names those that it is.");

    private static RouteHandlerBuilder DescribeSinglePart(this RouteHandlerBuilder endpoint) => endpoint
        .Answers(StatusCodes.Status206PartialContent, "The range asked for, of a value alone; several as multipart/byteranges.", MediaTypes.OctetStream)
        .Answers(StatusCodes.Status304NotModified, "Nothing changed since the ETag of If-None-Match.")
        .FailsByCondition();

    private static void DescribeMetadata(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .WithSummary(summary)
        .WithDescription(MetadataForms)
        .Answers(StatusCodes.Status200OK, "A data set for each instance, as an array or in parts.", MediaTypes.DicomJson, """[{"00080018":{"vr":"UI","Value":["1.2.3.4"]},"7FE00010":{"vr":"OW","BulkDataURI":"http://localhost:8080/dicomweb/studies/1.2/series/1.2.3/instances/1.2.3.4/bulkdata/7FE00010"}}]""")
        .Answers(StatusCodes.Status200OK, "A data set for each instance, as an array or in parts.", MediaTypes.MultipartXml)
        .Answers(StatusCodes.Status304NotModified, "Nothing changed since the ETag of If-None-Match.")
        .Fails(StatusCodes.Status412PreconditionFailed, WadoEndpoints.OtherVersion)
        .DescribeFailures("A UID of the path is none.", "There is nothing of these UIDs.", "Neither JSON nor XML is accepted; the detail names their media types.");
}
