using Pacs.Dicom.Messages;

namespace Pacs.Dicom.Net;

/// <summary>One object to send by C-STORE.</summary>
/// <param name="Context">An accepted context of the object's class, in whose transfer syntax the data set is.</param>
/// <param name="SopClassUid">Affected SOP Class UID.</param>
/// <param name="SopInstanceUid">Affected SOP Instance UID.</param>
/// <param name="Dataset">The encoded data set from its current position to its end. Read in large steps; not disposed.</param>
public sealed record StoreOperation(PresentationContext Context, string SopClassUid, string SopInstanceUid, Stream Dataset)
{
    public Priority Priority { get; init; }

    /// <summary>Calling AE title of the C-MOVE that caused this.</summary>
    public string? MoveOriginatorAeTitle { get; init; }

    /// <summary>Message identifier of the C-MOVE that caused this.</summary>
    public ushort? MoveOriginatorMessageId { get; init; }
}
