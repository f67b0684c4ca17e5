using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Pacs.Storage.Access;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Routing;

/// <summary>Where a forward action sends the objects of one study.</summary>
internal static class Destinations
{
    /// <summary>The peers of each job that is to be made: the one to send to first, then those to go to while it is away.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Of(RoutingAction action, string study) => action.Choice switch
    {
        DestinationChoice.All => [.. action.Destinations.Select(d => new[] { d })],
        DestinationChoice.LoadSharing => [Rotated(action.Destinations, study)],
        _ => [action.Destinations],
    };

    /// <summary>Why the object is not sent to the peer; null when it may be.</summary>
    /// <param name="item">What was routed.</param>
    /// <param name="title">AE title of the peer.</param>
    /// <param name="peer">What is known of it; null for nothing.</param>
    public static string? Loop(RoutedObject item, string title, Peer? peer)
    {
        if (item.CameBack) return "this archive changed and sent it once, and it came back";
        if (item.From == title) return $"it came from {title}";
        // Of what came without an AE title the address tells, unless it is one that everybody has.
        if (item.From.Length > 0 || peer is null || !IPAddress.TryParse(item.Address, out var address) || IPAddress.IsLoopback(address)) return null;
        return AddressRange.Contains(peer.Addresses, address) || Hosts(peer).Any(h => AddressRange.TryParse(h, out var host) && host.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))
            ? $"it came from the address of {title}"
            : null;
    }

    private static IEnumerable<string> Hosts(Peer peer)
    {
        yield return peer.Host;
        if (peer.Web is { } web && Uri.TryCreate(web.Url, UriKind.Absolute, out var url)) yield return url.DnsSafeHost;
    }

    /// <summary>By the study alone, whichever node decides and whenever: a study stays together.</summary>
    private static string[] Rotated(IReadOnlyList<string> titles, string study)
    {
        var first = (int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.ASCII.GetBytes(study))) % (uint)titles.Count);
        return [.. titles.Skip(first), .. titles.Take(first)];
    }
}
