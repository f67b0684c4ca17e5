using System.Net;
using Pacs.Api.Errors;
using Pacs.Storage.Hosting;

namespace Pacs.Api.Hosting;

/// <summary>
/// Answers only requests that address this server by a name of its own. A page of another site that has its name point
/// here (DNS rebinding) does not get through; an IP address as host cannot be such a page.
/// </summary>
internal sealed class HostCheckMiddleware
{
    private readonly RequestDelegate _next;
    private readonly HashSet<string>? _allowed;

    public HostCheckMiddleware(RequestDelegate next, PacsOptions options)
    {
        _next = next;
        var configured = options.Http.AllowedHosts?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (configured?.Contains("*") == true) return;
        _allowed = new HashSet<string>(configured ?? ["localhost", Environment.MachineName], StringComparer.OrdinalIgnoreCase);
        if (options.Http.PublicBaseUrl is { } url) _allowed.Add(new Uri(url).Host);
    }

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (_allowed is null || _allowed.Contains(host) || IPAddress.TryParse(host.Trim('[', ']'), out _)) return _next(context);
        throw ApiException.BadRequest("The Host header is none of this server's names. Address it by its name, or list this one in Pacs:Http:AllowedHosts.");
    }
}
