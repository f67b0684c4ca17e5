using System.Net;
using System.Net.Sockets;
using Pacs.Storage.Model;

namespace Pacs.Storage.Webhooks;

/// <summary>A webhook as it is asked for.</summary>
public sealed record WebhookRequest
{
    private const int MaxUrlLength = 2048;

    /// <summary>Where to POST to: http or https.</summary>
    public string Url { get; init; } = "";

    /// <summary>What to tell of; none for everything.</summary>
    public IReadOnlyList<ChangeKind> Kinds { get; init; } = [];

    /// <summary>Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary><c>whsec_</c> and 24 to 64 bytes in base64. Left out: a new one is made, or the former one stays.</summary>
    public string? Secret { get; init; }

    /// <summary>What is wrong with it, for a person; empty when nothing is.</summary>
    public IEnumerable<string> Faults()
    {
        if (Url is not { Length: > 0 and <= MaxUrlLength } || !Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            yield return "\"url\" is an absolute http or https URL.";
        else if (url.UserInfo.Length > 0)
            yield return "\"url\" holds no user or password: the signature tells the receiver who sends.";
        else if (IPAddress.TryParse(url.DnsSafeHost, out var address) && IsRefused(address))
            yield return "\"url\" is a link-local address, where machines keep their own secrets: nothing is sent there.";
        if (Kinds is null || !Kinds.All(Enum.IsDefined)) yield return $"\"kinds\" are some of {string.Join(", ", Enum.GetNames<ChangeKind>())}.";
        if (Secret is not null && WebhookSignature.Key(Secret) is null) yield return "\"secret\" is whsec_ and 24 to 64 bytes in base64. Left out, one is made.";
    }

    /// <summary>
    /// Addresses within a hospital are where receivers are. Those of the link alone are not: there clouds hand out the
    /// credentials of the machine.
    /// </summary>
    internal static bool IsRefused(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.IsIPv6LinkLocal || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..])
            || address.Equals(CloudMetadata);
    }

    private static readonly IPAddress CloudMetadata = IPAddress.Parse("fd00:ec2::254");
}
