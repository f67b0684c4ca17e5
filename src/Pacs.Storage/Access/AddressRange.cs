using System.Net;
using System.Net.Sockets;

namespace Pacs.Storage.Access;

/// <summary>An IP address or a network, of either family. An IPv4 address that came through an IPv6 socket is the IPv4 address.</summary>
internal static class AddressRange
{
    public static bool TryParse(string? text, out IPNetwork range)
    {
        range = default;
        if (text is null) return false;
        if (text.Contains('/')) return IPNetwork.TryParse(text, out range);
        if (!IPAddress.TryParse(text, out var address)) return false;
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
