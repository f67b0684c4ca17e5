using Pacs.Api.Errors;
using Pacs.Api.Negotiation;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>
/// WADO-URI, the Retrieve DICOM Instance transaction (PS3.18 §9.4). Rendered forms are not served: where the standard would
/// answer an image to who asks for no media type, this is the DICOM file.
/// </summary>
internal sealed class WadoUri(RetrievalService retrieval, ThroughSelection through, InstanceFile file)
{
    private static readonly string[] Known = ["requestType", "studyUID", "seriesUID", "objectUID", "contentType", "charset", "anonymize", "transferSyntax"];

    /// <summary>Parameters of the rendered transaction (PS3.18 §9.5).</summary>
    private static readonly string[] Rendering =
        ["frameNumber", "imageAnnotation", "annotation", "rows", "columns", "region", "windowCenter", "windowWidth", "imageQuality", "presentationUID", "presentationSeriesUID", "iccprofile"];

    public async Task RunAsync(HttpContext context)
    {
        var request = context.Request;
        if (!Required(request, "requestType").Equals("WADO", StringComparison.OrdinalIgnoreCase)) throw ApiException.BadRequest("The parameter requestType has to be WADO.");
        var selector = Selection.Of(Required(request, "studyUID"), Required(request, "seriesUID"), Required(request, "objectUID"));
        var wanted = One(request, "transferSyntax");
        if (wanted is not null and not "*" && !TransferSyntaxRegistry.TryGet(wanted, out _)) throw ApiException.BadRequest("The value of transferSyntax is no transfer syntax of DICOM.");
        RefuseAnonymizing(request);
        Charset.Check(request);
        Negotiate(request);

        var instance = await through.FindOneAsync(context, selector);
        var syntax = wanted switch
        {
            "*" => instance.TransferSyntax,
            null => instance.TransferSyntax.IsNative ? TransferSyntaxRegistry.ExplicitVrLittleEndian : instance.TransferSyntax,
            _ => TransferSyntaxRegistry.GetOrAssume(wanted),
        };
        if (!retrieval.CanServe(instance, syntax))
            throw ApiException.NotAcceptable($"The object is stored as {instance.TransferSyntax.Uid} and cannot be had in that transfer syntax. Leave transferSyntax out to get it as it is stored.");
        if (request.Query.Keys.Any(key => !Known.Contains(key, StringComparer.OrdinalIgnoreCase)))
            context.Response.Headers.Warning = $"299 {request.Host}: Parameters that are not supported have been ignored.";
        // A transfer syntax is not told in this service's media types (PS3.18 §8.7.3.5.2).
        await file.SendAsync(context, instance, syntax, MediaTypes.Dicom);
    }

    /// <exception cref="ApiException">400: forbidden here, or for a DICOM file. 406: another media type than application/dicom.</exception>
    private static void Negotiate(HttpRequest request)
    {
        var tiers = Accept.Tiers(request, "contentType");
        InstanceNegotiation.RefuseMixture(tiers);
        var accepted = tiers[0];
        var isNamed = One(request, "contentType") is not null;
        if (isNamed && accepted.Any(range => range.TransferSyntax is not null))
            throw ApiException.BadRequest("Media types have no transfer-syntax here (PS3.18 §8.7.3.5.2): use the parameter transferSyntax.");
        // The most specific range decides (RFC 9110 §12.5.1).
        var range = accepted.FirstOrDefault(r => r.Name == MediaTypes.Dicom) ?? accepted.FirstOrDefault(r => r.Name == "application/*") ?? accepted.FirstOrDefault(r => r.Name == "*/*");
        if (range is not { Quality: > 0 }) throw ApiException.NotAcceptable(RenderedResource.Reason);
        if (Rendering.FirstOrDefault(request.Query.ContainsKey) is not { } rendering) return;
        throw isNamed
            ? ApiException.BadRequest($"The parameter {rendering} is for rendered images, not for application/dicom.")
            : ApiException.NotAcceptable(RenderedResource.Reason);
    }

    /// <exception cref="ApiException">406: never is an object sent with its identity to who asks for it without.</exception>
    private static void RefuseAnonymizing(HttpRequest request)
    {
        switch (One(request, "anonymize"))
        {
            case null:
                return;
            case "yes":
                throw ApiException.NotAcceptable("This server does not remove identities from objects. Leave anonymize out to get the object as it is.");
            default:
                throw ApiException.BadRequest("The parameter anonymize takes only the value yes.");
        }
    }

    private static string Required(HttpRequest request, string name) =>
        One(request, name) ?? throw ApiException.BadRequest($"The parameter {name} is missing. An address is complete with requestType=WADO, studyUID, seriesUID and objectUID.");

    private static string? One(HttpRequest request, string name) => request.Query[name] switch
    {
        { Count: > 1 } => throw ApiException.BadRequest($"The parameter {name} is there twice."),
        var values => string.IsNullOrWhiteSpace(values.ToString()) ? null : values.ToString().Trim(),
    };
}
