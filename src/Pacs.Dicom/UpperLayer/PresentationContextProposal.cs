namespace Pacs.Dicom.UpperLayer;

/// <summary>A presentation context of an A-ASSOCIATE-RQ (PS3.8 §9.3.2.2).</summary>
/// <param name="Id">Odd, 1 to 255.</param>
/// <param name="AbstractSyntax">SOP Class UID, as a rule.</param>
/// <param name="TransferSyntaxes">In the proposer's order.</param>
public sealed record PresentationContextProposal(byte Id, string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes);
