using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Messages;

/// <summary>The fields of PS3.7 §9.3 and §10.3 by name. Setting null removes the element.</summary>
public sealed partial class CommandSet
{
    public CommandField Command { get => (CommandField)(GetUInt16(CommandTags.CommandField) ?? 0); set => SetUInt16(CommandTags.CommandField, (ushort)value); }
    public ushort MessageId { get => GetUInt16(CommandTags.MessageId) ?? 0; set => SetUInt16(CommandTags.MessageId, value); }
    public ushort MessageIdBeingRespondedTo { get => GetUInt16(CommandTags.MessageIdBeingRespondedTo) ?? 0; set => SetUInt16(CommandTags.MessageIdBeingRespondedTo, value); }
    public string? AffectedSopClassUid { get => GetString(CommandTags.AffectedSopClassUid); set => SetText(CommandTags.AffectedSopClassUid, value, '\0'); }
    public string? RequestedSopClassUid { get => GetString(CommandTags.RequestedSopClassUid); set => SetText(CommandTags.RequestedSopClassUid, value, '\0'); }
    public string? AffectedSopInstanceUid { get => GetString(CommandTags.AffectedSopInstanceUid); set => SetText(CommandTags.AffectedSopInstanceUid, value, '\0'); }
    public string? RequestedSopInstanceUid { get => GetString(CommandTags.RequestedSopInstanceUid); set => SetText(CommandTags.RequestedSopInstanceUid, value, '\0'); }
    public Priority? Priority { get => (Priority?)GetUInt16(CommandTags.Priority); set => SetUInt16(CommandTags.Priority, (ushort?)value); }
    public DimseStatus Status { get => new(GetUInt16(CommandTags.Status) ?? 0); set => SetUInt16(CommandTags.Status, value.Value); }
    public string? MoveDestination { get => GetString(CommandTags.MoveDestination); set => SetText(CommandTags.MoveDestination, value, ' '); }
    public string? MoveOriginatorAeTitle { get => GetString(CommandTags.MoveOriginatorAeTitle); set => SetText(CommandTags.MoveOriginatorAeTitle, value, ' '); }
    public ushort? MoveOriginatorMessageId { get => GetUInt16(CommandTags.MoveOriginatorMessageId); set => SetUInt16(CommandTags.MoveOriginatorMessageId, value); }
    public ushort? RemainingSuboperations { get => GetUInt16(CommandTags.RemainingSuboperations); set => SetUInt16(CommandTags.RemainingSuboperations, value); }
    public ushort? CompletedSuboperations { get => GetUInt16(CommandTags.CompletedSuboperations); set => SetUInt16(CommandTags.CompletedSuboperations, value); }
    public ushort? FailedSuboperations { get => GetUInt16(CommandTags.FailedSuboperations); set => SetUInt16(CommandTags.FailedSuboperations, value); }
    public ushort? WarningSuboperations { get => GetUInt16(CommandTags.WarningSuboperations); set => SetUInt16(CommandTags.WarningSuboperations, value); }
    public ushort? EventTypeId { get => GetUInt16(CommandTags.EventTypeId); set => SetUInt16(CommandTags.EventTypeId, value); }
    public ushort? ActionTypeId { get => GetUInt16(CommandTags.ActionTypeId); set => SetUInt16(CommandTags.ActionTypeId, value); }
    public ushort? ErrorId { get => GetUInt16(CommandTags.ErrorId); set => SetUInt16(CommandTags.ErrorId, value); }
    public IReadOnlyList<Tag> AttributeIdentifierList { get => GetTags(CommandTags.AttributeIdentifierList); set => SetTags(CommandTags.AttributeIdentifierList, value); }
    public IReadOnlyList<Tag> OffendingElements { get => GetTags(CommandTags.OffendingElement); set => SetTags(CommandTags.OffendingElement, value); }

    /// <summary>LO in the default character repertoire: longer than 64 characters is cut, what is not ASCII becomes a question mark.</summary>
    public string? ErrorComment
    {
        get => GetString(CommandTags.ErrorComment);
        set => SetText(CommandTags.ErrorComment, value is { Length: > 64 } ? value[..64] : value, ' ');
    }

    /// <summary>A data set follows the command (PS3.7 §E.1, Command Data Set Type).</summary>
    public bool HasDataset
    {
        get => GetUInt16(CommandTags.CommandDataSetType) is { } type && type != NoDataset;
        set => SetUInt16(CommandTags.CommandDataSetType, value ? (ushort)0x0001 : NoDataset);
    }

    public bool IsResponse => ((ushort)Command & 0x8000) != 0;

    /// <summary>The SOP class that the message is about, under either of its names.</summary>
    public string? SopClassUid => AffectedSopClassUid ?? RequestedSopClassUid;

    /// <summary>The SOP instance that the message is about, under either of its names.</summary>
    public string? SopInstanceUid => AffectedSopInstanceUid ?? RequestedSopInstanceUid;

    /// <summary>A response to this request: its command, message identifier, SOP class and instance; no data set.</summary>
    public CommandSet Response(DimseStatus status) => new()
    {
        Command = (CommandField)((ushort)Command | 0x8000),
        MessageIdBeingRespondedTo = MessageId,
        AffectedSopClassUid = SopClassUid,
        AffectedSopInstanceUid = SopInstanceUid,
        EventTypeId = EventTypeId,
        ActionTypeId = ActionTypeId,
        Status = status,
        HasDataset = false,
    };
}
