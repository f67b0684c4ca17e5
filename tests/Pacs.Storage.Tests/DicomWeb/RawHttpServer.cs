using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pacs.Storage.Tests.DicomWeb;

/// <summary>Sends whatever a test says to whoever asks, HTTP or not: reads the headers of a request, answers, closes.</summary>
internal sealed class RawHttpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Stream, CancellationToken, Task> _answer;
    private readonly CancellationTokenSource _end = new();
    private readonly List<string> _requests = [];

    public RawHttpServer(Func<Stream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public RawHttpServer(string headers, string body = "") : this((stream, end) => stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 {headers}\r\nConnection: close\r\n\r\n{body}"), end).AsTask()) { }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Headers of the requests so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var end = _end.Token;
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(end), end);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
            return;
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken end)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var headers = new List<byte>();
                var one = new byte[1];
                while (!Encoding.Latin1.GetString([.. headers]).EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    if (await stream.ReadAsync(one, end) == 0) return;
                    headers.Add(one[0]);
                }
                lock (_requests) _requests.Add(Encoding.Latin1.GetString([.. headers]));
                await _answer(stream, end);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The client has had enough.
                return;
            }
        }
    }
}
