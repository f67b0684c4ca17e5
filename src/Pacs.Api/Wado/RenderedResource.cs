using Pacs.Api.Errors;
using Pacs.Api.Negotiation;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Rendered and thumbnail resources (PS3.18 §10.4.1.1.3, §10.4.1.1.4): images are not decoded here, so that none can be had.</summary>
internal sealed class RenderedResource(RetrievalService retrieval)
{
    public const string Reason = "This server decodes no pixels: it serves no rendered images, videos or documents. Retrieve the instance as application/dicom, or its frames as they are stored.";

    /// <exception cref="ApiException">400, 404 or 410 as with instances; 406 for what is there.</exception>
    public async Task RunAsync(HttpContext context, string study, string? series, string? instance)
    {
        InstanceNegotiation.RefuseMixture(Accept.Tiers(context.Request));
        var selector = Selection.Of(study, series, instance);
        throw await retrieval.GetVersionAsync(selector, context.RequestAborted) is null
            ? await retrieval.NothingAsync(selector, context.RequestAborted)
            : ApiException.NotAcceptable(Reason);
    }
}
