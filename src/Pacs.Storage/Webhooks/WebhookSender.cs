using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Pacs.Storage.DicomWeb;

namespace Pacs.Storage.Webhooks;

/// <summary>
/// POSTs one delivery and looks at the status alone: no redirect is followed, no proxy asked, no cookie kept, no body read;
/// certificates are verified.
/// </summary>
public sealed class WebhookSender(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        // Whatever a name leads to now; over TLS the certificate decides.
        PlaintextStreamFilter = (context, _) =>
            context.PlaintextStream is NetworkStream { Socket.RemoteEndPoint: IPEndPoint { Address: var address } } && WebhookRequest.IsRefused(address)
                ? ValueTask.FromException<Stream>(new WebhookAddressException())
                : ValueTask.FromResult(context.PlaintextStream),
    });

    /// <summary>Sends once.</summary>
    /// <param name="url">Of the webhook.</param>
    /// <param name="secret">Of the webhook.</param>
    /// <param name="deliveryId">The same for the same body.</param>
    /// <param name="body">JSON.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    public async Task<WebhookOutcome> SendAsync(string url, string secret, string deliveryId, string body, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Timeout);
        try
        {
            using var request = Request(url, secret, deliveryId, body);
            using var response = await _http.SendAsync(request, limit.Token);
            return Outcome((int)response.StatusCode) with { RetryAfter = WebStatus.RetryAfterOf(response.Headers.RetryAfter, time) };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new WebhookOutcome(WebhookResult.MayPass, null, $"The receiver did not answer within {Timeout.TotalSeconds:0} s.");
        }
        catch (HttpRequestException e) when (e.GetBaseException() is WebhookAddressException refused)
        {
            return new WebhookOutcome(WebhookResult.Refused, null, refused.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new WebhookOutcome(WebhookResult.MayPass, null, $"The receiver cannot be reached: {e.Message}");
        }
    }

    /// <summary>Sends something that tells of nothing.</summary>
    public Task<WebhookOutcome> SendTestAsync(long webhookId, string url, string secret, CancellationToken cancellation)
    {
        var test = new WebhookDelivery { DeliveryId = WebhookDelivery.NewId(), WebhookId = webhookId, IsTest = true, Changes = [] };
        return SendAsync(url, secret, test.DeliveryId, test.ToJson(), cancellation);
    }

    public void Dispose() => _http.Dispose();

    internal static WebhookOutcome Outcome(int status) => status switch
    {
        >= 200 and < 300 => new WebhookOutcome(WebhookResult.Delivered, status),
        410 => new WebhookOutcome(WebhookResult.Gone, status, "The receiver answered 410 (Gone)."),
        408 or 429 or >= 500 => new WebhookOutcome(WebhookResult.MayPass, status, $"The receiver answered {status}."),
        >= 300 and < 400 => new WebhookOutcome(WebhookResult.Refused, status, $"The receiver answered {status}: redirects are not followed, change the URL."),
        _ => new WebhookOutcome(WebhookResult.Refused, status, $"The receiver answered {status}."),
    };

    private HttpRequestMessage Request(string url, string secret, string deliveryId, string body)
    {
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Pacs", typeof(WebhookSender).Assembly.GetName().Version?.ToString(3)));
        request.Headers.Add(WebhookSignature.IdHeader, deliveryId);
        request.Headers.Add(WebhookSignature.TimestampHeader, $"{timestamp}");
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Of(secret, deliveryId, timestamp, body));
        return request;
    }

    private sealed class WebhookAddressException() : IOException("The name of the receiver leads to a link-local address: nothing is sent there.");
}
