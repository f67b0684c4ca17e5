using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Queries;
using Pacs.Storage.Security;

namespace Pacs.Api.Qido;

/// <summary>QIDO-RS, the Search transaction (PS3.18 §10.6).</summary>
internal static class QidoEndpoints
{
    private const string Matching = """
        Any attribute of the level or above is a matching key, named by keyword, by eight hexadecimal digits, or through sequences with dots
        (`RequestAttributesSequence.ScheduledProcedureStepID`, `00400275.00400009`), once each. `*` and `?` are wildcards, `20240101-20240131` is a
        range, UIDs and codes may be a list with commas, other values one with backslashes. Person names match in any case and without accents.
        A date and the time that belongs to it are one range; `TimezoneOffsetFromUTC` says of which clock they are.
        A private attribute is named with its creator: `00290010=ACME 1.1&00291001=x`; it is found in whatever block an object has it.

        The answer has what PS3.18 requires, the attributes that were matched and those of `includefield`; a search of all series or instances
        has the attributes of their studies as well. Newest first, in an order that stays. `limit` and `offset` page through it; when there is more,
        a `Warning: 299` header says how many, exactly up to 1,000. A page has at most 10,000 matches, also without `limit`; only a search within
        one study then answers with all. Parameters that are none of a search are ignored, and named in a `Warning: 299` header.

        Matches come as `application/dicom+json`, or by the Accept header as `multipart/related; type="application/dicom+xml"`.
        """;

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapQido(this IEndpointRouteBuilder dicomWeb)
    {
        var group = dicomWeb.MapGroup("").WithTags("DICOMweb: search (QIDO-RS)").RequireScope(ApiKeyScope.Read);
        group.MapMethods("/studies", Methods, (HttpContext context, QidoSearch search) => search.RunAsync(context, QueryLevel.Study, null, null))
            .DescribeSearch("Search for studies", QueryLevel.Study, "?PatientID=12345&StudyDate=20240101-&limit=25");
        group.MapMethods("/studies/{study}/series", Methods, (HttpContext context, QidoSearch search, string study) => search.RunAsync(context, QueryLevel.Series, study, null))
            .DescribeSearch("Search for the series of a study", QueryLevel.Series, "?Modality=CT");
        group.MapMethods("/studies/{study}/instances", Methods, (HttpContext context, QidoSearch search, string study) => search.RunAsync(context, QueryLevel.Instance, study, null))
            .DescribeSearch("Search for the instances of a study", QueryLevel.Instance, "?SOPClassUID=1.2.840.10008.5.1.4.1.1.2&includefield=all");
        group.MapMethods("/studies/{study}/series/{series}/instances", Methods, (HttpContext context, QidoSearch search, string study, string series) => search.RunAsync(context, QueryLevel.Instance, study, series))
            .DescribeSearch("Search for the instances of a series", QueryLevel.Instance, "?InstanceNumber=1");
        group.MapMethods("/series", Methods, (HttpContext context, QidoSearch search) => search.RunAsync(context, QueryLevel.Series, null, null))
            .DescribeSearch("Search for series of all studies", QueryLevel.Series, "?Modality=MR&StudyDate=20240115");
        group.MapMethods("/instances", Methods, (HttpContext context, QidoSearch search) => search.RunAsync(context, QueryLevel.Instance, null, null))
            .DescribeSearch("Search for instances of all studies", QueryLevel.Instance, "?SOPInstanceUID=1.2.3.4");
    }

    private static void DescribeSearch(this RouteHandlerBuilder endpoint, string summary, QueryLevel level, string example) => endpoint
        .WithSummary(summary)
        .WithDescription($"{Matching}\n\nExample: `{example}`")
        .WithMetadata(new MatchingKeysMetadata(QidoAttributes.KeysOf(level)))
        .WithMetadata(
            new QueryParameterMetadata("limit", "Answer with at most so many matches.", "integer", "25"),
            new QueryParameterMetadata("offset", "Leave out so many matches first.", "integer", "0"),
            new QueryParameterMetadata("includefield", "Attributes to answer with besides the usual ones, with commas between or repeated, named as keys are; `all` for every one that is known.", "string", "StudyDescription"),
            new QueryParameterMetadata("fuzzymatching", "Find person names that are alike, in any script.", "boolean", "false"),
            new QueryParameterMetadata("emptyvaluematching", "Two quotation marks as a key's value find what has none.", "boolean", "false"),
            new QueryParameterMetadata("multiplevaluematching", "Of several values in a key all have to match.", "boolean", "false"),
            new QueryParameterMetadata("TimezoneOffsetFromUTC", "The clock of dates and times in keys, as `+0100`; without it all are compared as they are written.", "string", null),
            new QueryParameterMetadata("PatientID", "One of the many matching keys.", "string", null))
        .Answers(StatusCodes.Status200OK, "The matches as a JSON array of data sets, empty when there are none; or, where XML is asked for, each as a part.", MediaTypes.DicomJson, """[{"0020000D":{"vr":"UI","Value":["1.2.826.0.1.3680043.8.498.1"]},"00100020":{"vr":"LO","Value":["12345"]}}]""")
        .Answers(StatusCodes.Status200OK, "The matches as a JSON array of data sets, empty when there are none; or, where XML is asked for, each as a part.", MediaTypes.MultipartXml)
        .Answers(StatusCodes.Status204NoContent, "There are no matches, and XML was asked for – there is no multipart without a part – or `Pacs:Queries:NoContentWhenEmpty` is set.")
        .Fails(StatusCodes.Status400BadRequest, "A key is no attribute or of a lower level, is given twice, or its value is not valid; the detail names it.")
        .Fails(StatusCodes.Status406NotAcceptable, "Neither JSON nor XML is accepted; the detail names their media types.")
        .Fails(StatusCodes.Status413PayloadTooLarge, "Nothing narrows the search enough to find a match within `Pacs:Queries:TimeBudgetSeconds`: give a key such as PatientID or a date.")
        .Fails(StatusCodes.Status503ServiceUnavailable, "The database does not answer.")
        .Fails(StatusCodes.Status508LoopDetected, "A gateway asks whether this archive keeps what it stores, and it gives up its own files to one behind it.");
}
