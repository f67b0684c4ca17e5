using System.Text;
using System.Xml.Linq;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Api.OpenApi;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Capabilities;

/// <summary>
/// Retrieve Capabilities (PS3.18 §8.9): OPTIONS on a service and each of its resources. Open without a key, as the OpenAPI
/// document is: it tells what the product does, nothing of what is in it.
/// </summary>
internal static class CapabilitiesEndpoints
{
    public const string Wadl = "application/vnd.sun.wadl+xml";

    private static readonly string[] Methods = [HttpMethods.Options];

    /// <summary>For every resource that is mapped so far.</summary>
    /// <param name="service">The group of the service's endpoints.</param>
    /// <param name="path">Where the service is on this server; empty when it is a resource alone.</param>
    public static void MapCapabilities(this IEndpointRouteBuilder service, string path)
    {
        var root = Resource.Of(service.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>());
        foreach (var resource in root.All) service.MapOptions(resource, path).ExcludeFromDescription();
        if (path.Length == 0) return;
        service.MapOptions(root, path)
            .WithTags("DICOMweb: capabilities")
            .WithSummary("Retrieve the capabilities")
            .WithDescription("""
                What each resource of DICOMweb takes and answers, as a WADL document or the same as JSON. OPTIONS on any resource describes that one
                and those below it; the Allow header has its methods. Needs no API key.
                """)
            .Answers(StatusCodes.Status200OK, "The description.", Wadl)
            .Answers(StatusCodes.Status200OK, "The description.", MediaTypes.Json, """{"application":{"resources":{"base":"http://localhost:8080/dicomweb","resource":[{"path":"studies"}]}}}""")
            .Fails(StatusCodes.Status406NotAcceptable, "Neither of the two media types is accepted.");
    }

    private static RouteHandlerBuilder MapOptions(this IEndpointRouteBuilder service, Resource resource, string path) =>
        service.MapMethods(resource.Pattern, Methods, (HttpContext context, PublicUrls urls) => DescribeAsync(context, resource, urls.Server(context.Request) + path));

    private static async Task DescribeAsync(HttpContext context, Resource resource, string baseUrl)
    {
        var response = context.Response;
        response.Headers.Allow = string.Join(", ", resource.Methods);
        var wanted = Accept.Of(context.Request).Select(range => MediaType.Covers(range.Name, Wadl) ? Wadl : MediaType.Covers(range.Name, MediaTypes.Json) ? MediaTypes.Json : null).FirstOrDefault(type => type is not null)
            ?? throw ApiException.NotAcceptable($"The capabilities are described as {Wadl} or {MediaTypes.Json}: name one in the Accept header.");
        var description = CapabilitiesDescription.Of(resource, baseUrl);
        var body = Encoding.UTF8.GetBytes(wanted == Wadl ? $"{new XDeclaration("1.0", "utf-8", null)}\n{description}" : WadlJson.Of(description).ToJsonString());
        response.ContentType = wanted;
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}
