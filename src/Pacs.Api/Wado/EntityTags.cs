using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Pacs.Api.Errors;

namespace Pacs.Api.Wado;

/// <summary>Validators of answers, and the conditions of requests that name them (RFC 9110 §8.8.3, §13.1).</summary>
internal static class EntityTags
{
    /// <summary>A strong tag of what the body is made of.</summary>
    public static EntityTagHeaderValue Of(string content) =>
        new($"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 12))}\"");

    /// <summary>Tells the client the tag; true, with 304 as the answer, when it has what the tag names.</summary>
    /// <exception cref="ApiException">412: by If-Match it wants another version than there is.</exception>
    public static bool IsNotModified(HttpContext context, EntityTagHeaderValue tag)
    {
        var (known, response) = (context.Request.Headers.IfNoneMatch, context.Response);
        if (!IsMatch(context.Request.Headers.IfMatch, tag))
            throw new ApiException(StatusCodes.Status412PreconditionFailed, "There is another version now than If-Match names. Leave it out to get that.");
        response.Headers.ETag = tag.ToString();
        response.Headers.CacheControl = "private, no-cache";
        if (known.Count == 0 || !EntityTagHeaderValue.TryParseList(known, out var tags)) return false;
        if (!tags.Any(k => k.Equals(EntityTagHeaderValue.Any) || k.Compare(tag, useStrongComparison: false))) return false;
        response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    private static bool IsMatch(StringValues wanted, EntityTagHeaderValue tag) =>
        wanted.Count == 0 || (EntityTagHeaderValue.TryParseList(wanted, out var tags) && tags.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(tag, useStrongComparison: true)));

    /// <summary>If-Range: the part that is asked for is one of what the client has. There is no Last-Modified here that a date could equal.</summary>
    public static bool MayBeRange(HttpRequest request, EntityTagHeaderValue tag) =>
        request.Headers.IfRange is not { Count: > 0 } header
        || (EntityTagHeaderValue.TryParse(header.ToString(), out var had) && had.Compare(tag, useStrongComparison: true));
}
