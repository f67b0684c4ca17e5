using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hosting;

/// <summary>The addresses that a server really routes, by which what it says of them is held.</summary>
internal sealed class RouteTable
{
    private readonly ILookup<string, RouteEndpoint> _byPath;

    public RouteTable(ApiServer server) => _byPath = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToLookup(PathOf);

    /// <summary>Paths with names in braces for what varies, as <c>/dicomweb/studies/{study}</c>.</summary>
    public IEnumerable<string> Paths => _byPath.Select(p => p.Key);

    /// <summary>Those of DICOMweb.</summary>
    public IEnumerable<string> DicomWeb => Paths.Where(p => p == "/wado" || p.StartsWith("/dicomweb", StringComparison.Ordinal));

    public IEnumerable<RouteEndpoint> this[string path] => _byPath[path];

    public IReadOnlyList<string> MethodsOf(string path) => [.. _byPath[path].SelectMany(MethodsOf).Distinct().Order(StringComparer.Ordinal)];

    public static IEnumerable<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [];

    /// <summary>An address at which there is something.</summary>
    public static string Fill(string path, SampleObject sample) => path
        .Replace("{study}", sample.StudyInstanceUid, StringComparison.Ordinal)
        .Replace("{series}", sample.SeriesInstanceUid, StringComparison.Ordinal)
        .Replace("{instance}", sample.SopInstanceUid, StringComparison.Ordinal)
        .Replace("{frames}", "1", StringComparison.Ordinal)
        .Replace("{path}", "7FE00010", StringComparison.Ordinal)
        .Replace("{aeTitle}", "NOBODY", StringComparison.Ordinal)
        .Replace("{name}", "nothing", StringComparison.Ordinal)
        .Replace("{id}", "1", StringComparison.Ordinal)
        .Replace("{transaction}", sample.StudyInstanceUid, StringComparison.Ordinal)
        .Replace("{position}", "1", StringComparison.Ordinal)
        + (path == "/wado" ? $"?requestType=WADO&studyUID={sample.StudyInstanceUid}&seriesUID={sample.SeriesInstanceUid}&objectUID={sample.SopInstanceUid}" : "");

    private static string PathOf(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part =>
        part is RoutePatternParameterPart parameter ? $"{{{parameter.Name}}}" : ((RoutePatternLiteralPart)part).Content))));
}
