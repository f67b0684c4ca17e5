namespace Pacs.Dicom.UpperLayer;

/// <summary>A presentation context of an A-ASSOCIATE-AC (PS3.8 §9.3.3.2).</summary>
/// <param name="Id">That of the proposal.</param>
/// <param name="Reason">Acceptance, or why not.</param>
/// <param name="TransferSyntax">The one accepted; without meaning otherwise.</param>
public sealed record PresentationContextResult(byte Id, PresentationContextReason Reason, string TransferSyntax)
{
    public bool IsAccepted => Reason == PresentationContextReason.Acceptance;
}
