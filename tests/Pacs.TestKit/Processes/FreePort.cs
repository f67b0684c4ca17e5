using System.Net;
using System.Net.Sockets;

namespace Pacs.TestKit.Processes;

/// <summary>
/// TCP ports for servers under test. Each process takes them in turn from a block that is its own while it lives: a port that was
/// given to a server which does not listen yet, or was killed and is to come back, is given to no other.
/// </summary>
public static class FreePort
{
    // Below what Linux gives to outgoing connections, which otherwise take a port between two starts of one server.
    private const int First = 15000, Blocks = 42, BlockSize = 400;

    private static readonly Socket Block = TakeBlock();
    private static int _count;

    public static int Next()
    {
        var block = ((IPEndPoint)Block.LocalEndPoint!).Port;
        for (var attempt = 0; ; attempt++)
        {
            var port = block + 1 + ((Interlocked.Increment(ref _count) & int.MaxValue) % (BlockSize - 1));
            if (TryListen(port) is { } socket)
            {
                socket.Dispose();
                return port;
            }
            if (attempt == BlockSize) throw new InvalidOperationException($"No port from {block} to {block + BlockSize} is free.");
        }
    }

    /// <summary>A block is taken by listening at its first port.</summary>
    private static Socket TakeBlock()
    {
        var start = Random.Shared.Next(Blocks);
        for (var i = 0; i < Blocks; i++)
            if (TryListen(First + ((start + i) % Blocks * BlockSize)) is { } socket) return socket;
        throw new InvalidOperationException("Too many test processes run on this machine: no ports are left.");
    }

    // Binding alone would do where another has bound and does not listen yet.
    private static Socket? TryListen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
