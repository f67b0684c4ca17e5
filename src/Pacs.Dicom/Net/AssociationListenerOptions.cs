using System.Net;

namespace Pacs.Dicom.Net;

/// <summary>One listening port.</summary>
public sealed record AssociationListenerOptions : AssociationOptions
{
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
