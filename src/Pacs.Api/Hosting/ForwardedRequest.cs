using System.Net;
using Microsoft.Extensions.Primitives;
using Pacs.Api.Negotiation;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Hosting;

/// <summary>What proxies say of the request as its sender made it: the Forwarded header (RFC 7239), else X-Forwarded-For, -Proto, -Host and -Port.</summary>
/// <param name="Client">Who sent it; null when it is not told, or not by its address.</param>
/// <param name="Scheme">Null when it is not told.</param>
/// <param name="Host">With its port; null when it is not told.</param>
internal sealed record ForwardedRequest(IPAddress? Client, string? Scheme, string? Host)
{
    private static readonly string[] Customs = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port"];

    /// <summary>
    /// Each proxy adds at the end of the list what it knows of who called it. The last element is therefore the word of the proxy
    /// that calls us; one before it counts only if the caller that it stands behind is a trusted proxy, too.
    /// </summary>
    /// <returns>Null when both kinds of headers are there and disagree: the proxy passed one of them on as it came, and anybody can send it.</returns>
    public static ForwardedRequest? Read(IHeaderDictionary headers, Func<IPAddress, bool> isTrusted)
    {
        var isCustomary = headers.Keys.Any(name => Customs.Contains(name, StringComparer.OrdinalIgnoreCase));
        var customary = Last(Customary(headers), isTrusted);
        if (!headers.TryGetValue("Forwarded", out var header)) return customary;
        var standard = Last(Standard(header), isTrusted);
        return isCustomary && standard != customary ? null : standard;
    }

    private static ForwardedRequest Last(List<ForwardedRequest> hops, Func<IPAddress, bool> isTrusted)
    {
        var told = new ForwardedRequest(null, null, null);
        for (var i = hops.Count - 1; i >= 0; i--)
        {
            // What a farther proxy leaves out is as the nearer one has it.
            told = new(hops[i].Client, hops[i].Scheme ?? told.Scheme, hops[i].Host ?? told.Host);
            if (told.Client is null || !isTrusted(told.Client)) break;
        }
        return told;
    }

    private static List<ForwardedRequest> Standard(StringValues header) =>
    [
        .. MediaType.Split(header.ToString(), ',').Select(element =>
        {
            var pairs = MediaType.ParametersOf(MediaType.Split(element, ';'));
            return new ForwardedRequest(Address(pairs.GetValueOrDefault("for")), pairs.GetValueOrDefault("proto"), pairs.GetValueOrDefault("host"));
        }),
    ];

    private static List<ForwardedRequest> Customary(IHeaderDictionary headers)
    {
        var (clients, schemes, hosts) = (List("X-Forwarded-For"), List("X-Forwarded-Proto"), List("X-Forwarded-Host"));
        var hops = new List<ForwardedRequest>();
        // The lists end with the nearest proxy, and not every proxy adds to each of them.
        for (var back = 0; back < Math.Max(1, clients.Length); back++)
            hops.Add(new(Address(At(clients, back)), At(schemes, back), At(hosts, back)));
        hops.Reverse();
        if (List("X-Forwarded-Port") is [.., var port] && hops[^1] is { Host: { } host } last && !HostString.FromUriComponent(host).Port.HasValue
            && port != (last.Scheme == "https" ? "443" : "80"))
            hops[^1] = last with { Host = $"{host}:{port}" };
        return hops;

        string[] List(string name) => headers[name].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        static string? At(string[] list, int back) => back < list.Length ? list[^(back + 1)] : null;
    }

    /// <summary>An address, in brackets when of IPv6, and perhaps a port; none for "unknown" and for names that hide it.</summary>
    private static IPAddress? Address(string? node) => IPEndPoint.TryParse(node ?? "", out var endpoint) ? endpoint.Address : null;
}
