using System.Net.Security;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>An association to ask for.</summary>
public sealed record ClientAssociationOptions : AssociationOptions
{
    /// <summary>Name or address.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }
    public required string CalledAeTitle { get; init; }
    public required string CallingAeTitle { get; init; }

    /// <summary>1 to 128.</summary>
    public required IReadOnlyList<ProposedContext> Contexts { get; init; }

    /// <summary>For the connection to be made. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(10);

    /// <summary>Secures the connection; asked when it is made. Null for none, the default.</summary>
    public Func<SslClientAuthenticationOptions>? Tls { get; init; }

    public UserIdentity? UserIdentity { get; init; }
    public IReadOnlyList<SopClassExtendedNegotiation> ExtendedNegotiations { get; init; } = [];
}
