using System.Net;
using System.Net.Sockets;

namespace Pacs.TestKit.Processes;

/// <summary>TCP ports for servers under test.</summary>
public static class FreePort
{
    // Below what Linux gives to outgoing connections, which otherwise take a port between two starts of one server.
    private const int First = 15000, Last = 32000;

    public static int Next()
    {
        for (var attempt = 0; ; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException) when (attempt < 100)
            {
                continue;
            }
        }
    }
}
