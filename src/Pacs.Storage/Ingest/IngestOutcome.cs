namespace Pacs.Storage.Ingest;

/// <summary>How an ingest ended. Each protocol edge maps these once.</summary>
public enum IngestOutcome
{
    /// <summary>New: blob and index are durable.</summary>
    Stored,
    /// <summary>The same data set was here already: nothing written.</summary>
    AlreadyStored,
    /// <summary>Took the place of a different data set of the same UID, which is kept aside.</summary>
    Replaced,
    /// <summary>A different data set of the same UID is here and stays, by policy; this one was not stored.</summary>
    KeptExisting,
    /// <summary>A different data set of the same UID is here: refused, by policy.</summary>
    DuplicateRejected,
    /// <summary>UIDs of data set and request differ (A900).</summary>
    UidMismatch,
    /// <summary>A mandatory UID is missing or not to be taken (A900).</summary>
    IdentifierMissing,
    /// <summary>Attributes that its IOD asks for are missing or empty: refused, by validation (A900).</summary>
    IodMismatch,
    /// <summary>A presentation state that cannot be applied: refused, by validation (C000).</summary>
    PresentationStateUnusable,
    /// <summary>Not among the SOP classes that are taken (0122).</summary>
    SopClassNotTaken,
    /// <summary>Not among the transfer syntaxes that are taken (C122 in STOW-RS; negotiated in DIMSE).</summary>
    TransferSyntaxNotTaken,
    /// <summary>The bytes are no data set (C000).</summary>
    NotUnderstood,
    /// <summary>Disk full or failing, or the database cannot commit (A700).</summary>
    OutOfResources,
    /// <summary>Anything else went wrong (0110).</summary>
    ProcessingFailure,
}
