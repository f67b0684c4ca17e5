namespace Pacs.Dicom.Messages;

/// <summary>What a status means for the operation (PS3.7 Annex C).</summary>
public enum StatusCategory
{
    Success,
    /// <summary>More responses follow.</summary>
    Pending,
    Cancel,
    /// <summary>Done, with something to tell.</summary>
    Warning,
    Failure,
}
