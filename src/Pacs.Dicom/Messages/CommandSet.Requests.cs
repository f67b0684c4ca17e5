namespace Pacs.Dicom.Messages;

/// <summary>Requests with their mandatory fields (PS3.7 §9.3). The association sets message identifier and data set type.</summary>
public sealed partial class CommandSet
{
    public static CommandSet EchoRequest() =>
        new() { Command = CommandField.CEchoRq, AffectedSopClassUid = Dictionaries.Uids.Verification };

    public static CommandSet StoreRequest(string sopClassUid, string sopInstanceUid, Priority priority = Messages.Priority.Medium) =>
        new() { Command = CommandField.CStoreRq, AffectedSopClassUid = sopClassUid, AffectedSopInstanceUid = sopInstanceUid, Priority = priority };

    public static CommandSet FindRequest(string sopClassUid, Priority priority = Messages.Priority.Medium) =>
        new() { Command = CommandField.CFindRq, AffectedSopClassUid = sopClassUid, Priority = priority };

    public static CommandSet GetRequest(string sopClassUid, Priority priority = Messages.Priority.Medium) =>
        new() { Command = CommandField.CGetRq, AffectedSopClassUid = sopClassUid, Priority = priority };

    public static CommandSet MoveRequest(string sopClassUid, string destination, Priority priority = Messages.Priority.Medium) =>
        new() { Command = CommandField.CMoveRq, AffectedSopClassUid = sopClassUid, MoveDestination = destination, Priority = priority };

    /// <summary>The message identifier is that of the request to be cancelled (PS3.7 §9.3.2.3).</summary>
    public static CommandSet CancelRequest(ushort messageId) =>
        new() { Command = CommandField.CCancelRq, MessageIdBeingRespondedTo = messageId, HasDataset = false };
}
