namespace Pacs.Dicom.UpperLayer;

/// <summary>SCP/SCU Role Selection (PS3.7 §D.3.3.4): the roles that the association requestor proposes for itself, or is granted.</summary>
public sealed record RoleSelection(string SopClassUid, bool Scu, bool Scp);
