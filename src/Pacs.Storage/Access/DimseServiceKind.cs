namespace Pacs.Storage.Access;

/// <summary>Services that a peer may be allowed; the name of each is that of its <see cref="Pacs.Dicom.Net.IDimseService"/>.</summary>
public enum DimseServiceKind
{
    Verification,
    Storage,
    Find,
    Move,
    Get,
    StorageCommitment,
    Worklist,
    ProcedureStep,
    ContentNotification,
}
