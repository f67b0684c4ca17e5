using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace Pacs.Api.Hosting;

/// <summary>Gives the trace of a request its name and status by the conventions of OpenTelemetry. Never its query string.</summary>
internal sealed class RequestActivityMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } activity) return;
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        activity.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        activity.SetTag("http.request.method", context.Request.Method);
        activity.SetTag("http.route", route);
        activity.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= 500) activity.SetStatus(ActivityStatusCode.Error);
    }
}
