using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;
using Pacs.Api.OpenApi;

namespace Pacs.Api.Capabilities;

/// <summary>
/// The Capabilities Description of a resource (PS3.18 Annex H): a WADL document, made of what endpoints tell of themselves – the
/// same that the OpenAPI document is made of.
/// </summary>
internal static class CapabilitiesDescription
{
    public static readonly XNamespace Wadl = "http://wadl.dev.java.net/2009/02";
    private static readonly XNamespace Schema = "http://www.w3.org/2001/XMLSchema";

    /// <summary>Of a resource and all below it; of a whole service when it is its root.</summary>
    public static XElement Of(Resource resource, string baseUrl) => new(Wadl + "application",
        new XAttribute(XNamespace.Xmlns + "xs", Schema.NamespaceName),
        new XElement(Wadl + "resources", new XAttribute("base", baseUrl),
            resource.Path.Length == 0 ? resource.Children.Select(child => Tree(child, child.Segment)) : Tree(resource, resource.Path)));

    private static XElement? Tree(Resource resource, string path)
    {
        var below = resource.Children.Select(child => Tree(child, child.Segment)).OfType<XElement>().ToList();
        // What is not described and has nothing below is told only to who asks for it.
        if (below.Count == 0 && path != resource.Path && !resource.Described.Any()) return null;
        return new XElement(Wadl + "resource", new XAttribute("path", path),
            path.Split('/').Where(segment => segment[0] == '{').Select(segment => Param(segment.Trim('{', '}'), "template", "xs:string", null, isRequired: true)),
            resource.Described.SelectMany(Methods),
            below);
    }

    private static IEnumerable<XElement> Methods(RouteEndpoint endpoint) => Resource.MethodsOf(endpoint).Select(name =>
        name == HttpMethods.Head ? new XElement(Wadl + "method", new XAttribute("name", name), Doc("As GET, without a body"))
        : new XElement(Wadl + "method", new XAttribute("name", name), new XAttribute("id", IdOf(endpoint)),
            Doc(SummaryOf(endpoint)), Request(endpoint), Responses(endpoint)));

    private static XElement Request(RouteEndpoint endpoint)
    {
        var answers = endpoint.Metadata.OfType<AnswerMetadata>().ToList();
        var parameters = endpoint.Metadata.OfType<QueryParameterMetadata>().ToList();
        return new XElement(Wadl + "request",
            parameters.Select(p => Param(p.Name, "query", TypeOf(p.Type), p.Description)),
            endpoint.Metadata.OfType<MatchingKeysMetadata>().SelectMany(keys => keys.Keywords).Except(parameters.Select(p => p.Name)).Select(name => Param(name, "query", "xs:string", null)),
            endpoint.Metadata.OfType<IParameterBindingMetadata>().Where(p => p.HasTryParse && !endpoint.RoutePattern.Parameters.Any(r => r.Name == p.Name))
                .Select(p => Param(p.Name, "query", p.ParameterInfo.ParameterType == typeof(bool?) ? "xs:boolean" : "xs:string", null)),
            AcceptOf([.. answers.Where(a => a is { Status: StatusCodes.Status200OK, ContentType: not null }).Select(a => a.ContentType!).Distinct()]),
            answers.Any(a => a.Status == StatusCodes.Status304NotModified) ? Param(HeaderNames.IfNoneMatch, "header", "xs:string", null) : null,
            answers.Any(a => a.Status == StatusCodes.Status206PartialContent) ? new[] { HeaderNames.Range, HeaderNames.IfRange }.Select(name => Param(name, "header", "xs:string", null)) : null,
            endpoint.Metadata.OfType<RequestBodyMetadata>().Select(body => Representation(body.ContentType)));
    }

    private static XElement? AcceptOf(List<string> mediaTypes)
    {
        if (mediaTypes.Count == 0) return null;
        var accept = Param(HeaderNames.Accept, "header", "xs:string", null);
        accept.Add(new XAttribute("default", mediaTypes[0]), mediaTypes.Select(type => new XElement(Wadl + "option", new XAttribute("value", type))));
        return accept;
    }

    private static IEnumerable<XElement> Responses(RouteEndpoint endpoint) => endpoint.Metadata.OfType<AnswerMetadata>().GroupBy(a => a.Status).OrderBy(g => g.Key).Select(answers =>
        new XElement(Wadl + "response", new XAttribute("status", answers.Key.ToString(CultureInfo.InvariantCulture)),
            Doc(answers.First().Description), answers.Where(a => a.ContentType is not null).Select(a => Representation(a.ContentType!))));

    private static XElement Param(string name, string style, string type, string? description, bool isRequired = false) => new(Wadl + "param",
        new XAttribute("name", name), new XAttribute("style", style), new XAttribute("type", type),
        isRequired ? new XAttribute("required", "true") : null, description is null ? null : Doc(description));

    private static XElement Representation(string mediaType) => new(Wadl + "representation", new XAttribute("mediaType", mediaType));

    private static XElement Doc(string text) => new(Wadl + "doc", new XAttribute("title", text));

    private static string TypeOf(string type) => type switch { "integer" => "xs:int", "boolean" => "xs:boolean", _ => "xs:string" };

    private static string SummaryOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary ?? "";

    /// <summary>"Search for the series of a study" → SearchForSeriesOfStudy; no two summaries are the same.</summary>
    private static string IdOf(RouteEndpoint endpoint) => string.Concat(SummaryOf(endpoint).Split(' ').Where(word => word is not ("a" or "an" or "the"))
        .Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
