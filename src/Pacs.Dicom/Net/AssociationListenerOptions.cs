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
    public int MaxAssociations { get; init => field = AtLeastOne(value); } = 200;

    /// <summary>
    /// Connections at a time that have not yet asked for an association, or whose request was refused. One more makes the
    /// oldest of them go, so that who holds them open keeps nobody out. Default 100.
    /// </summary>
    public int MaxUnassociated { get; init => field = AtLeastOne(value); } = 100;

    /// <summary>
    /// Operations that a peer may have outstanding on an association when it proposes an asynchronous operations window (PS3.7
    /// §D.3.3.3); without one, or with 1 here, they are performed one after the other. 1 to 65,535. Default 8.
    /// </summary>
    public int MaxOperations
    {
        get;
        init => field = value is >= 1 and <= ushort.MaxValue ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A window is 1 to 65,535 operations.");
    } = 8;

    private static int AtLeastOne(int count) => count > 0 ? count : throw new ArgumentOutOfRangeException(nameof(count), count, "At least one.");
}
