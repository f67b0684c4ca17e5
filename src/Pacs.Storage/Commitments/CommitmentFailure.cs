namespace Pacs.Storage.Commitments;

/// <summary>Why an object cannot be committed: Failure Reason (0008,1197), PS3.3 §C.14.1.1.</summary>
public enum CommitmentFailure
{
    /// <summary>Its file is damaged or cannot be read.</summary>
    ProcessingFailure = 0x0110,
    /// <summary>It is not in this archive.</summary>
    NoSuchObjectInstance = 0x0112,
    /// <summary>It is here under another SOP class.</summary>
    ClassInstanceConflict = 0x0119,
}
