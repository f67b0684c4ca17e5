using Microsoft.AspNetCore.Routing.Patterns;

namespace Pacs.Api.Capabilities;

/// <summary>A resource of a service with those below it: the routes of its endpoints, as a tree.</summary>
/// <param name="Path">Its segments as in URI templates: <c>studies/{study}</c>; empty for the service itself.</param>
internal sealed record Resource(string Path)
{
    private readonly List<Resource> _children = [];
    private readonly List<RouteEndpoint> _endpoints = [];

    /// <summary>The last segment of the path.</summary>
    public string Segment => Path[(Path.LastIndexOf('/') + 1)..];

    public IReadOnlyList<Resource> Children => _children;

    /// <summary>What there is to describe, a method or more each.</summary>
    public IEnumerable<RouteEndpoint> Described => _endpoints.Where(e => e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true });

    /// <summary>Every method that is taken, those of no description, too.</summary>
    public IEnumerable<string> Methods => _endpoints.SelectMany(MethodsOf).Append(HttpMethods.Options);

    /// <summary>The pattern that routes to it.</summary>
    public string Pattern => _endpoints is [var endpoint, ..] ? endpoint.RoutePattern.RawText! : Path;

    /// <summary>This and all below that are addresses by themselves.</summary>
    public IEnumerable<Resource> All => _children.SelectMany(c => c.All).Concat(_endpoints.Count > 0 ? [this] : []);

    /// <summary>The service that these endpoints make up.</summary>
    public static Resource Of(IEnumerable<RouteEndpoint> endpoints)
    {
        var root = new Resource("");
        foreach (var endpoint in endpoints)
        {
            var resource = root;
            foreach (var segment in endpoint.RoutePattern.PathSegments) resource = resource.Child(SegmentOf(segment));
            resource._endpoints.Add(endpoint);
        }
        return root;
    }

    public static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];

    private Resource Child(string segment)
    {
        var found = _children.Find(c => c.Segment == segment);
        if (found is null) _children.Add(found = new Resource(Path.Length == 0 ? segment : $"{Path}/{segment}"));
        return found;
    }

    private static string SegmentOf(RoutePatternPathSegment segment) => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        _ => "",
    }));
}
