namespace Pacs.Dicom.UpperLayer;

/// <summary>SOP Class Extended Negotiation (PS3.7 §D.3.3.5): bytes whose meaning the service class defines.</summary>
public sealed record SopClassExtendedNegotiation(string SopClassUid, ReadOnlyMemory<byte> ApplicationInformation);
