using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pacs.TestKit.Processes;

namespace Pacs.TestKit.Clients;

/// <summary>An HTTP server that keeps what is delivered to it and answers as told.</summary>
public sealed class WebhookReceiver : IDisposable
{
    private readonly ConcurrentQueue<ReceivedDelivery> _received = new();
    private readonly string _prefix = $"http://127.0.0.1:{FreePort.Next()}/";
    private HttpListener _listener = new();
    private int _current;

    public WebhookReceiver() => Start();

    public string Url => _prefix + "hook";

    /// <summary>The status for a delivery; 200 for all unless set. Waits as long as it likes.</summary>
    public Func<ReceivedDelivery, Task<int>> Answer { get; set; } = _ => Task.FromResult(200);

    /// <summary>Said with every answer; null for nothing.</summary>
    public string? RetryAfter { get; set; }

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<ReceivedDelivery> Received => [.. _received];

    /// <summary>Deliveries that were there at once, at most.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Identifiers of the changes of all deliveries that were answered with success.</summary>
    public IReadOnlyList<long> Taken => [.. _received.Where(r => r.Status is >= 200 and < 300).SelectMany(r => r.ChangeIds)];

    public void Start()
    {
        _listener = new HttpListener();
        _listener.Prefixes.Add(_prefix);
        _listener.Start();
        _ = ListenAsync(_listener);
    }

    public void Stop() => _listener.Close();

    /// <summary>Whether it is signed with the secret, as a receiver checks it.</summary>
    public static bool IsSigned(ReceivedDelivery delivery, string secret) =>
        delivery.Signature == "v1," + Convert.ToBase64String(HMACSHA256.HashData(
            Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{delivery.Id}.{delivery.Timestamp}.{delivery.Body}")));

    public void Dispose() => Stop();

    private async Task ListenAsync(HttpListener listener)
    {
        try
        {
            while (true) _ = HandleAsync(await listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
            return;
        }
    }

    private async Task HandleAsync(HttpListenerContext context)
    {
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _current));
        var request = context.Request;
        using var body = new StreamReader(request.InputStream, Encoding.UTF8);
        var text = await body.ReadToEndAsync();
        var delivery = new ReceivedDelivery(
            request.Headers["webhook-id"] ?? "", request.Headers["webhook-timestamp"] ?? "", request.Headers["webhook-signature"] ?? "", request.ContentType ?? "", text, JsonDocument.Parse(text).RootElement);
        _received.Enqueue(delivery);
        delivery.Status = await Answer(delivery);
        Interlocked.Decrement(ref _current);
        try
        {
            context.Response.StatusCode = delivery.Status;
            if (RetryAfter is not null) context.Response.Headers["Retry-After"] = RetryAfter;
            if (delivery.Status is >= 300 and < 400) context.Response.RedirectLocation = Url + "/elsewhere";
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // Whoever sent it has gone meanwhile.
            return;
        }
    }
}
