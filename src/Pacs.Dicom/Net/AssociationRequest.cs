using System.Net;
using System.Security.Cryptography.X509Certificates;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>Who asks for an association, and for what.</summary>
public sealed record AssociationRequest(AAssociateRq Pdu, IPEndPoint RemoteEndPoint, IPEndPoint LocalEndPoint)
{
    /// <summary><see cref="AssociationListenerOptions.Name"/> of the listener that it came to.</summary>
    public string ListenerName { get; init; } = "";

    /// <summary>The verified TLS certificate of the requestor; null without one.</summary>
    public X509Certificate2? PeerCertificate { get; init; }

    public string CallingAeTitle => Pdu.CallingAeTitle;
    public string CalledAeTitle => Pdu.CalledAeTitle;
    public UserIdentity? UserIdentity => Pdu.UserInformation.UserIdentity;
}
