using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Messages;

/// <summary>The elements of group 0000 in use: PS3.7 Table E.1-1.</summary>
public static class CommandTags
{
    public static Tag CommandGroupLength => new(0x00000000);
    public static Tag AffectedSopClassUid => new(0x00000002);
    public static Tag RequestedSopClassUid => new(0x00000003);
    public static Tag CommandField => new(0x00000100);
    public static Tag MessageId => new(0x00000110);
    public static Tag MessageIdBeingRespondedTo => new(0x00000120);
    public static Tag MoveDestination => new(0x00000600);
    public static Tag Priority => new(0x00000700);
    public static Tag CommandDataSetType => new(0x00000800);
    public static Tag Status => new(0x00000900);
    public static Tag OffendingElement => new(0x00000901);
    public static Tag ErrorComment => new(0x00000902);
    public static Tag ErrorId => new(0x00000903);
    public static Tag AffectedSopInstanceUid => new(0x00001000);
    public static Tag RequestedSopInstanceUid => new(0x00001001);
    public static Tag EventTypeId => new(0x00001002);
    public static Tag AttributeIdentifierList => new(0x00001005);
    public static Tag ActionTypeId => new(0x00001008);
    public static Tag RemainingSuboperations => new(0x00001020);
    public static Tag CompletedSuboperations => new(0x00001021);
    public static Tag FailedSuboperations => new(0x00001022);
    public static Tag WarningSuboperations => new(0x00001023);
    public static Tag MoveOriginatorAeTitle => new(0x00001030);
    public static Tag MoveOriginatorMessageId => new(0x00001031);
}
