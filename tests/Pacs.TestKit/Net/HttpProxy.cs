using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pacs.TestKit.Net;

/// <summary>An HTTP proxy that knows one user: a tunnel for https (CONNECT), and http passed on, request by request.</summary>
public sealed class HttpProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string? _credentials;
    private readonly List<string> _requests = [];

    /// <param name="user">Null to let everybody through.</param>
    /// <param name="password">Of the user.</param>
    public HttpProxy(string? user = null, string? password = null)
    {
        if (user is not null) _credentials = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Request lines that were let through.</summary>
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
                var near = client.GetStream();
                while (await ReadHeadAsync(near, end) is { } head)
                {
                    var lines = head.Split("\r\n");
                    if (_credentials is not null && !lines.Contains($"Proxy-Authorization: {_credentials}"))
                    {
                        await near.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), end);
                        continue;
                    }
                    lock (_requests) _requests.Add(lines[0]);
                    await PassAsync(near, lines, end);
                    return;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // One side has closed.
                return;
            }
        }
    }

    private static async Task PassAsync(NetworkStream near, string[] lines, CancellationToken end)
    {
        var words = lines[0].Split(' ');
        var isTunnel = words[0] == "CONNECT";
        var target = isTunnel ? new Uri($"tcp://{words[1]}") : new Uri(words[1]);
        using var server = new TcpClient();
        await server.ConnectAsync(target.Host, target.Port, end);
        var far = server.GetStream();
        if (isTunnel) await near.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), end);
        else await far.WriteAsync(Encoding.Latin1.GetBytes($"{words[0]} {target.PathAndQuery} HTTP/1.1\r\n{string.Join("\r\n", lines.Skip(1).Where(l => !l.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase)))}\r\n\r\n"), end);
        await Task.WhenAny(near.CopyToAsync(far, end), far.CopyToAsync(near, end));
    }

    /// <summary>Request line and headers; null at the end.</summary>
    private static async Task<string?> ReadHeadAsync(NetworkStream stream, CancellationToken end)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, end) > 0)
        {
            head.Append((char)one[0]);
            if (head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n") return head.ToString(0, head.Length - 4);
        }
        return null;
    }
}
