using Pacs.Dicom.Messages;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;

namespace Pacs.Storage.Sending;

/// <summary>What a C-STORE says besides its object.</summary>
public sealed record SendOptions
{
    public static SendOptions Default { get; } = new();

    public Priority Priority { get; init; } = Priority.Medium;

    /// <summary>Bandwidth of the destination. Null for no limit, the default.</summary>
    public PeerThrottle? Throttle { get; init; }

    /// <summary>What of the object is changed on its way. Null for nothing, the default.</summary>
    public AttributeChanges? Changes { get; init; }

    /// <summary>Calling AE title of the C-MOVE that caused it.</summary>
    public string? MoveOriginatorAeTitle { get; init; }

    /// <summary>Message identifier of the C-MOVE that caused it.</summary>
    public ushort? MoveOriginatorMessageId { get; init; }
}
