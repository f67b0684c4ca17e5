using System.Net.Sockets;
using System.Text;
using Pacs.TestKit;

namespace Pacs.Api.Tests.Hostile;

/// <summary>Bytes as no client library would send them.</summary>
internal static class RawHttp
{
    /// <summary>All that is answered until the server closes, or has said nothing for as long as the patience lasts.</summary>
    /// <param name="server">Address of the server.</param>
    /// <param name="request">In ISO-8859-1.</param>
    /// <param name="endsSending">Half-closes after the request.</param>
    public static Task<string> SendAsync(string server, string request, bool endsSending = false) => SendAsync(server, Encoding.Latin1.GetBytes(request), endsSending);

    public static async Task<string> SendAsync(string server, byte[] request, bool endsSending = false)
    {
        var uri = new Uri(server);
        using var socket = new TcpClient();
        await socket.ConnectAsync(uri.Host, uri.Port);
        var stream = socket.GetStream();
        var answer = new MemoryStream();
        using var patience = new CancellationTokenSource(Eventually.Patience);
        try
        {
            await stream.WriteAsync(request, patience.Token);
            if (endsSending) socket.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
            // Closed before all was taken: what was answered until then counts.
        }
        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>The statuses of all answers in what was received.</summary>
    public static IReadOnlyList<int> Statuses(string answers) =>
        [.. answers.Split('\n').Where(line => line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)).Select(line => int.Parse(line.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture))];
}
