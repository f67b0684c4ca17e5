using Pacs.Dicom.Messages;

namespace Pacs.Storage.Sending;

/// <summary>What a C-STORE says besides its object.</summary>
public sealed record SendOptions
{
    public static SendOptions Default { get; } = new();

    public Priority Priority { get; init; } = Priority.Medium;

    /// <summary>Calling AE title of the C-MOVE that caused it.</summary>
    public string? MoveOriginatorAeTitle { get; init; }

    /// <summary>Message identifier of the C-MOVE that caused it.</summary>
    public ushort? MoveOriginatorMessageId { get; init; }
}
