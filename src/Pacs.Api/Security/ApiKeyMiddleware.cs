using System.Security.Principal;
using Pacs.Api.Errors;
using Pacs.Storage.Security;

namespace Pacs.Api.Security;

/// <summary>Once an API key was made, lets through only requests with one whose scope the endpoint asks for.</summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, ApiKeyStore keys)
{
    private const string Bearer = "Bearer ";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is { } required && await keys.IsClosedAsync(context.RequestAborted))
        {
            var secret = SecretOf(context.Request);
            var key = secret is null ? null : await keys.FindAsync(secret, context.RequestAborted);
            if (key is null)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer realm=\"pacs\"";
                throw new ApiException(StatusCodes.Status401Unauthorized, secret is null
                    ? "This server asks for an API key: send it as \"Authorization: Bearer <key>\" or as \"X-Api-Key: <key>\". \"./pacs key add\" on the server makes one."
                    : "This API key is not in force. \"./pacs key list\" on the server shows those that are.");
            }
            if (key.Scope < required.Scope)
                throw new ApiException(StatusCodes.Status403Forbidden, $"This API key may {Word(key.Scope)}; the request needs one that may {Word(required.Scope)}.");
            context.User = new GenericPrincipal(new GenericIdentity(key.Name, nameof(ApiKeyMiddleware)), null);
        }
        await next(context);
    }

    private static string? SecretOf(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return authorization[Bearer.Length..].Trim();
        return request.Headers["X-Api-Key"].ToString() is { Length: > 0 } secret ? secret.Trim() : null;
    }

    private static string Word(ApiKeyScope scope) => scope switch
    {
        ApiKeyScope.Read => "read",
        ApiKeyScope.Write => "write",
        _ => "administrate",
    };
}
