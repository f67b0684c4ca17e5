using System.Net;
using Pacs.Api.Errors;
using Pacs.Storage.Hosting;

namespace Pacs.Api.Hosting;

/// <summary>
/// Answers only requests that address this server by a name of its own. A page of another site that has its name point
/// here (DNS rebinding) does not get through; an IP address as host cannot be such a page. Nor do pages of other sites change
/// anything unless CORS lets them: a browser sends what needs no body without asking first.
/// </summary>
internal sealed class HostCheckMiddleware
{
    private readonly RequestDelegate _next;
    private readonly HashSet<string>? _allowed;
    private readonly HashSet<string> _origins;

    public HostCheckMiddleware(RequestDelegate next, PacsOptions options)
    {
        _next = next;
        _origins = new HashSet<string>(options.Http.Origins, StringComparer.OrdinalIgnoreCase);
        if (options.Http.PublicBaseUrl is { } publicUrl) _origins.Add(new Uri(publicUrl).GetLeftPart(UriPartial.Authority));
        var configured = options.Http.AllowedHosts?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (configured?.Contains("*") == true) return;
        _allowed = new HashSet<string>(configured ?? ["localhost", Environment.MachineName], StringComparer.OrdinalIgnoreCase);
        if (options.Http.PublicBaseUrl is { } url) _allowed.Add(new Uri(url).Host);
    }

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (_allowed is not null && !_allowed.Contains(host) && !IPAddress.TryParse(host.Trim('[', ']'), out _))
            throw ApiException.BadRequest("The Host header is none of this server's names. Address it by its name, or list this one in Pacs:Http:AllowedHosts.");
        if (IsOfAnotherSite(context.Request))
            throw new ApiException(StatusCodes.Status403Forbidden, "Pages of other sites change nothing here. List the page's origin in Pacs:Http:CorsOrigins if it may.");
        return _next(context);
    }

    /// <summary>The scheme is not compared: a proxy may have taken TLS off.</summary>
    private bool IsOfAnotherSite(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method)
        && request.Headers.Origin.ToString() is { Length: > 0 } origin && !_origins.Contains("*") && !_origins.Contains(origin)
        && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
}
