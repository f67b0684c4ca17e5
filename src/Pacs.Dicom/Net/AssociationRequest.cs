using System.Net;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>Who asks for an association, and for what.</summary>
public sealed record AssociationRequest(AAssociateRq Pdu, IPEndPoint RemoteEndPoint, IPEndPoint LocalEndPoint)
{
    public string CallingAeTitle => Pdu.CallingAeTitle;
    public string CalledAeTitle => Pdu.CalledAeTitle;
    public UserIdentity? UserIdentity => Pdu.UserInformation.UserIdentity;
}
