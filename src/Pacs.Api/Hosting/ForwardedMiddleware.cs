using System.Buffers;
using System.Net;
using Pacs.Api.Errors;
using Pacs.Storage.Hosting;

namespace Pacs.Api.Hosting;

/// <summary>
/// Makes a request that came through a proxy look as its sender made it: address, scheme, host and the path that the proxy has
/// this server at. Only what <see cref="HttpOptions.TrustedProxies"/> lists is believed; anybody can send such headers.
/// </summary>
internal sealed class ForwardedMiddleware
{
    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]");
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~/");

    private readonly RequestDelegate _next;
    private readonly IReadOnlyList<IPNetwork> _proxies;
    private readonly PathString _publicPath;

    public ForwardedMiddleware(RequestDelegate next, PacsOptions options)
    {
        (_next, _proxies) = (next, options.Http.Proxies);
        if (options.Http.PublicBaseUrl is { } url) _publicPath = new PathString(new Uri(url).AbsolutePath.TrimEnd('/'));
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } caller && IsTrusted(caller)) Apply(context);
        // A proxy may leave the path on.
        if (_publicPath.HasValue && !context.Request.PathBase.HasValue) TakeOff(context.Request, _publicPath);
        return _next(context);
    }

    private void Apply(HttpContext context)
    {
        var request = context.Request;
        var told = ForwardedRequest.Read(request.Headers, IsTrusted)
            ?? throw Unreadable("Forwarded and X-Forwarded-… headers say different things. Have the proxy set one kind, and remove the other as it comes from clients");
        if (told.Client is { } client) context.Connection.RemoteIpAddress = client;
        if (told.Scheme is { } scheme)
            request.Scheme = scheme.ToLowerInvariant() is "http" or "https" ? scheme.ToLowerInvariant() : throw Unreadable("the scheme is neither http nor https");
        if (told.Host is { } host)
            request.Host = host.Length is > 0 and <= 255 && !host.AsSpan().ContainsAnyExcept(HostCharacters) ? new HostString(host) : throw Unreadable("the host is none");
        if (request.Headers["X-Forwarded-Prefix"].ToString().TrimEnd('/') is not { Length: > 0 } prefix) return;
        if (prefix.Length > 255 || prefix[0] != '/' || prefix.Contains("//", StringComparison.Ordinal) || prefix.AsSpan().ContainsAnyExcept(PathCharacters)) throw Unreadable("the prefix is no path");
        if (!TakeOff(request, prefix)) request.PathBase = prefix;
    }

    private static bool TakeOff(HttpRequest request, PathString path)
    {
        if (!request.Path.StartsWithSegments(path, out var rest)) return false;
        (request.PathBase, request.Path) = (path, rest);
        return true;
    }

    private bool IsTrusted(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _proxies.Any(network => network.Contains(plain));
    }

    private static ApiException Unreadable(string why) => ApiException.BadRequest($"The proxy's forwarding headers cannot be read: {why}.");
}
