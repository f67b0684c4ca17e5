using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Pacs.Storage.Peers;

namespace Pacs.Storage.DicomWeb;

/// <summary>Tokens by client credentials (RFC 6749 §4.4): one is kept until shortly before it ends, and got by one request however many wait for it.</summary>
/// <param name="settings">Of kind <see cref="WebAuthenticationKind.ClientCredentials"/>.</param>
/// <param name="send">Sends the request for a token.</param>
/// <param name="time">Tells when a token ends.</param>
internal sealed class BearerTokens(WebAuthentication settings, Func<Func<HttpRequestMessage>, CancellationToken, Task<WebAnswer>> send, TimeProvider time) : IDisposable
{
    /// <summary>Bytes of an answer; tokens have a few thousand.</summary>
    private const int MaxAnswer = 256 * 1024;

    /// <summary>What a token that does not say how long it lives is used for.</summary>
    private const int DefaultSeconds = 300;

    /// <summary>Before its end a token is got anew, so that none ends on the way.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _turn = new(1);
    private string? _token;
    private DateTimeOffset _renewAt;

    /// <summary>A token that is good as far as can be told.</summary>
    /// <param name="refused">One that the server did not take; null for any.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DicomWebException">None can be had.</exception>
    public async Task<string> GetAsync(string? refused, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_token is { } token && token != refused && time.GetUtcNow() < _renewAt) return token;
            (_token, _renewAt) = await RequestAsync(cancellation);
            return _token;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<(string Token, DateTimeOffset RenewAt)> RequestAsync(CancellationToken cancellation)
    {
        using var answer = await send(Request, cancellation);
        var body = await answer.ReadAsync(MaxAnswer);
        if (!answer.Response.IsSuccessStatusCode)
            throw new DicomWebException(DicomWebFailure.Away, $"The token server answered {(int)answer.Status}{ErrorOf(body)}: look after web.authentication of the peer.") { Status = (int)answer.Status };
        try
        {
            using var json = JsonDocument.Parse(body ?? []);
            var token = json.RootElement.GetProperty("access_token").GetString();
            var type = json.RootElement.TryGetProperty("token_type", out var t) ? t.GetString() : "Bearer";
            if (token is not { Length: > 0 } || !token.All(c => c is > ' ' and < '\x7f') || !"Bearer".Equals(type, StringComparison.OrdinalIgnoreCase)) throw Unusable();
            var life = TimeSpan.FromSeconds(json.RootElement.TryGetProperty("expires_in", out var e) ? Math.Clamp(Seconds(e), 0, 24 * 3600) : DefaultSeconds);
            return (token, time.GetUtcNow() + life - (Margin < life / 2 ? Margin : life / 2));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Unusable();
        }
    }

    private HttpRequestMessage Request()
    {
        List<KeyValuePair<string, string>> fields = [new("grant_type", "client_credentials")];
        if (settings.Scope is { } scope) fields.Add(new("scope", scope));
        var secret = settings.Secret!.Reveal();
        if (settings.SecretInBody) fields.AddRange([new("client_id", settings.ClientId!), new("client_secret", secret)]);
        var request = new HttpRequestMessage(HttpMethod.Post, settings.TokenUrl) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        // Both are encoded before they are joined (RFC 6749 §2.3.1).
        if (!settings.SecretInBody)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(settings.ClientId!)}:{Uri.EscapeDataString(secret)}")));
        return request;
    }

    /// <summary>Some servers send the number as a string.</summary>
    private static double Seconds(JsonElement value) => value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : value.GetDouble();

    /// <summary>The error code of RFC 6749 §5.2: a word, that may be shown.</summary>
    private static string ErrorOf(byte[]? body)
    {
        try
        {
            using var json = JsonDocument.Parse(body ?? []);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String
                && error.GetString() is { Length: > 0 and <= 40 } code && code.All(c => char.IsAsciiLetterLower(c) || c == '_') ? $" ({code})" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private static DicomWebException Unusable() =>
        new(DicomWebFailure.Away, "The token server's answer holds no bearer token: web.authentication.tokenUrl of the peer has to be its token endpoint.");
}
