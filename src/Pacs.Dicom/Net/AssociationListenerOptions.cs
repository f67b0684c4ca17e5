using System.Net;
using System.Net.Security;

namespace Pacs.Dicom.Net;

/// <summary>One listening port.</summary>
public sealed record AssociationListenerOptions : AssociationOptions
{
    /// <summary>For logs and policies. Default empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Secures connections; asked for each one, so that a renewed certificate is in force for the next. Null for none, the default.</summary>
    public Func<SslServerAuthenticationOptions>? Tls { get; init; }

    /// <summary>Where to listen; port 0 takes a free one. Default all interfaces (IPv6 and IPv4), port 11112.</summary>
    public IPEndPoint EndPoint { get; init; } = new(IPAddress.IPv6Any, 11112);

    /// <summary>Called AE titles answered to; others are rejected. Empty: all. Default empty.</summary>
    public IReadOnlyCollection<string> AeTitles { get; init; } = [];

    /// <summary>Associations at a time; one more is rejected with "local limit exceeded". Default 200.</summary>
    public int MaxAssociations
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one association.");
    } = 200;
}
