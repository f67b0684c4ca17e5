using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>The peer refused the association.</summary>
public sealed class AssociationRejectedException(Rejection rejection) : AssociationException($"The peer rejected the association: {rejection}.")
{
    public Rejection Rejection { get; } = rejection;
}
