using System.Security.Cryptography;
using System.Text;

namespace Pacs.Storage.Webhooks;

/// <summary>
/// How a receiver knows that a delivery is from here, and is not an old one sent again: as the Standard Webhooks specification
/// has it, for which there are libraries in most languages.
/// </summary>
public static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    private const string Prefix = "whsec_";
    private const int NewLength = 32;

    /// <summary>A new secret.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NewLength));

    /// <summary>"v1," and the HMAC-SHA256 of identifier, time and body in base64.</summary>
    /// <param name="secret">Of the webhook.</param>
    /// <param name="deliveryId">Stays the same when it is sent again.</param>
    /// <param name="timestamp">Of the attempt: seconds since 1970.</param>
    /// <param name="body">As it is sent.</param>
    /// <exception cref="ArgumentException">The secret is none.</exception>
    public static string Of(string secret, string deliveryId, long timestamp, string body) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(
            Key(secret) ?? throw new ArgumentException("Not a secret of a webhook.", nameof(secret)), Encoding.UTF8.GetBytes($"{deliveryId}.{timestamp}.{body}")));

    /// <summary>Null when it is no secret.</summary>
    internal static byte[]? Key(string secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal) || secret.Length > 128) return null;
        var key = new byte[96];
        return Convert.TryFromBase64String(secret[Prefix.Length..], key, out var length) && length is >= 24 and <= 64 ? key[..length] : null;
    }
}
