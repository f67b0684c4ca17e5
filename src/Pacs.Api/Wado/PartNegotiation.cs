using Pacs.Api.Errors;
using Pacs.Api.Negotiation;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Wado;

/// <summary>In which form the client wants frames and bulk values (PS3.18 §8.7.5, §8.7.8).</summary>
/// <param name="tiers">Of <see cref="Accept.Tiers"/>.</param>
internal sealed class PartNegotiation(IReadOnlyList<IReadOnlyList<MediaType>> tiers)
{
    /// <summary>The Content-Type of a value, by the client's preference; null when it accepts none that there is.</summary>
    /// <param name="form">What the value is.</param>
    /// <param name="mayBeSingle">There is one value, so that it may be the body itself.</param>
    /// <param name="isSingle">It is to be the body, rather than a part of multipart/related.</param>
    public string? Select(ValueForm form, bool mayBeSingle, out bool isSingle)
    {
        foreach (var tier in tiers)
        {
            foreach (var range in tier.Where(range => range.Quality > 0))
            {
                isSingle = !range.IsMultipart && range.Name != "*/*";
                if ((!isSingle || mayBeSingle) && form.ContentTypeFor(range) is { } contentType && !IsExcluded(tier, range, contentType)) return contentType;
            }
        }
        isSingle = false;
        return null;
    }

    /// <summary>By its own name with quality 0, though a wildcard covers it (RFC 9110 §12.5.1).</summary>
    private static bool IsExcluded(IReadOnlyList<MediaType> tier, MediaType range, string contentType) =>
        tier.Any(no => no.Quality == 0 && no.IsMultipart == range.IsMultipart && no.Payload.Equals(contentType.Split(';')[0], StringComparison.OrdinalIgnoreCase));

    public static ApiException NotAcceptable(ValueForm form, bool mayBeSingle) => ApiException.NotAcceptable(
        $"This is served as {form}, {(mayBeSingle ? "alone or " : "")}within multipart/related. Name one of them in the Accept header.");
}
