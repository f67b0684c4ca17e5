using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Storage.Security;

namespace Pacs.Api.Commitments;

/// <summary>/commitment-requests, the Storage Commitment Service (PS3.18 §13).</summary>
internal static class CommitmentRequestEndpoints
{
    private const string Request = """{"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.2"]},"00081155":{"vr":"UI","Value":["1.2.3.4"]}}]}}""";
    private const string Result = """{"00081198":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.2"]},"00081155":{"vr":"UI","Value":["1.2.3.5"]},"00081197":{"vr":"US","Value":[274]}}]},"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.2"]},"00081155":{"vr":"UI","Value":["1.2.3.4"]}}]}}""";

    public static void MapCommitmentRequests(this IEndpointRouteBuilder dicomWeb)
    {
        var group = dicomWeb.MapGroup("/commitment-requests/{transaction}").WithTags("DICOMweb: storage commitment");
        group.MapPost("", (HttpContext context, CommitmentTransactions transactions, string transaction) => transactions.RequestAsync(context, transaction))
            .RequireScope(ApiKeyScope.Write)
            .WithSummary("Request storage commitment")
            .WithDescription("""
                Asks this archive to promise to keep instances, named in a Referenced SOP Sequence, or in a Referenced Study Sequence by study, series and
                class. The Transaction UID in the path is the client's own, new for each request. Each file is read and compared with what was stored;
                committed instances are then deleted only where a person insists. The same request again looks at everything again.
                """)
            .Takes("The instances.", MediaTypes.DicomJson, Request)
            .Takes("The instances.", MediaTypes.DicomXml)
            .Answers(StatusCodes.Status200OK, "Which are committed and which are not: 0110 file damaged, 0112 not here, 0119 here under another class.", MediaTypes.DicomJson, Result)
            .Answers(StatusCodes.Status202Accepted, "It takes longer: ask for the result in Retry-After seconds.")
            .Fails(StatusCodes.Status400BadRequest, "The Transaction UID is none, or the body is no such request.")
            .Fails(StatusCodes.Status409Conflict, "The Transaction UID is in use for other instances.")
            .Fails(StatusCodes.Status413PayloadTooLarge, "It names more than 25,000 instances.")
            .Fails(StatusCodes.Status415UnsupportedMediaType, "The Content-Type is neither application/dicom+json nor application/dicom+xml.")
            .FailsAlways();
        group.MapGet("", (HttpContext context, CommitmentTransactions transactions, string transaction) => transactions.CheckAsync(context, transaction))
            .RequireScope(ApiKeyScope.Read)
            .WithSummary("Check the result of a storage commitment")
            .WithDescription("What came of the request with this Transaction UID.")
            .Answers(StatusCodes.Status200OK, "Which are committed and which are not.", MediaTypes.DicomJson, Result)
            .Answers(StatusCodes.Status202Accepted, "It is not done yet: ask again in Retry-After seconds.")
            .Fails(StatusCodes.Status400BadRequest, "The Transaction UID is none.")
            .Fails(StatusCodes.Status404NotFound, "There was no request with this Transaction UID.")
            .FailsAlways();
    }

    private static void FailsAlways(this RouteHandlerBuilder endpoint) => endpoint
        .Fails(StatusCodes.Status406NotAcceptable, "Neither JSON nor XML is accepted.")
        .Fails(StatusCodes.Status503ServiceUnavailable, "The database does not answer.");
}
