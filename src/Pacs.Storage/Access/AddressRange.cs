using System.Net;
using System.Net.Sockets;

namespace Pacs.Storage.Access;

/// <summary>An IP address or a network, of either family. An IPv4 address that came through an IPv6 socket is the IPv4 address.</summary>
internal static class AddressRange
{
    public static bool TryParse(string? text, out IPNetwork range)
    {
        range = default;
        var host = text?.Split('/')[0];
        // "10.1" would be read as 10.0.0.1, and "010.0.0.1" as 8.0.0.1: nobody who writes rules means that.
        if (!IPAddress.TryParse(host, out var address) || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != host)) return false;
        if (host!.Length < text!.Length) return IPNetwork.TryParse(text, out range);
        address = Plain(address);
        range = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        return true;
    }

    public static bool Contains(IReadOnlyList<string> ranges, IPAddress address)
    {
        address = Plain(address);
        return ranges.Any(r => TryParse(r, out var range) && range.Contains(address));
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
