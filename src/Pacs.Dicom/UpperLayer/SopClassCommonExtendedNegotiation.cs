namespace Pacs.Dicom.UpperLayer;

/// <summary>SOP Class Common Extended Negotiation (PS3.7 §D.3.3.6): what a specialised SOP class is a kind of.</summary>
public sealed record SopClassCommonExtendedNegotiation(string SopClassUid, string ServiceClassUid, IReadOnlyList<string> RelatedGeneralSopClassUids)
{
    public byte Version { get; init; }
}
