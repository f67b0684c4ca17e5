using System.Net;
using System.Net.Http.Headers;

namespace Pacs.Storage.DicomWeb;

/// <summary>HTTP statuses as failures: the one place that says what each means (RFC 9110 §15, PS3.18 §8.5).</summary>
internal static class WebStatus
{
    /// <summary>Nobody is kept waiting longer than this by what a server says.</summary>
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    public static DicomWebFailure FailureOf(HttpStatusCode status) => (int)status switch
    {
        401 or 407 or 429 or 502 or 503 or 504 => DicomWebFailure.Away,
        408 or 425 => DicomWebFailure.MayPass,
        501 or 505 or 508 => DicomWebFailure.Refused,
        >= 500 => DicomWebFailure.MayPass,
        _ => DicomWebFailure.Refused,
    };

    public static DicomWebException ToException(HttpResponseMessage response, TimeProvider time) => new(FailureOf(response.StatusCode), MessageOf(response.StatusCode))
    {
        Status = (int)response.StatusCode,
        RetryAfter = RetryAfterOf(response.Headers.RetryAfter, time),
    };

    public static TimeSpan? RetryAfterOf(RetryConditionHeaderValue? value, TimeProvider time)
    {
        var wait = value?.Delta ?? (value?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait is { } w ? w < TimeSpan.Zero ? TimeSpan.Zero : w > MaxRetryAfter ? MaxRetryAfter : w : null;
    }

    private static string MessageOf(HttpStatusCode status) => (int)status switch
    {
        401 => "The server does not take our credentials (401): set web.authentication of the peer anew.",
        403 => "The server does not allow it (403): its administrator has to give this archive the right.",
        404 => "The server does not know this (404): web.url of the peer has to be the address below which \"studies\" lies.",
        406 or 415 => $"The server does not take this form ({(int)status}).",
        407 => "The proxy does not take our credentials (407): set web.proxy of the peer anew.",
        413 => "That is more than the server takes (413): lower web.maxBytesPerRequest of the peer, or have the server take more.",
        429 => "The server is asked too often (429).",
        503 => "The server takes nothing now (503).",
        508 => "The server gives up its own files to an archive behind it, and is no place for the only file of an object (508): leave keepMinutes out of one of the gateways.",
        >= 300 and < 400 => $"The server points elsewhere ({(int)status}), and credentials go to no other server: change web.url of the peer if that is right.",
        _ => $"The server answered {(int)status}.",
    };
}
