namespace Pacs.Dicom.Net;

/// <summary>Who may associate. Asked after the protocol checks, on the association's thread.</summary>
public interface IAssociationPolicy
{
    AssociationDecision Decide(AssociationRequest request);
}
