using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>What both sides do with messages.</summary>
internal sealed partial class Association
{
    private (ushort MessageId, Action<CommandSet> Responded)? _notification;

    /// <summary>Sends a C-STORE request with its data set.</summary>
    public void SendStore(StoreOperation operation, ushort messageId)
    {
        var request = CommandSet.StoreRequest(operation.SopClassUid, operation.SopInstanceUid, operation.Priority);
        request.MessageId = messageId;
        request.MoveOriginatorAeTitle = operation.MoveOriginatorAeTitle;
        request.MoveOriginatorMessageId = operation.MoveOriginatorMessageId;
        try
        {
            Send(operation.Context, request, operation.Dataset);
        }
        catch (Exception e) when (e is not AssociationException)
        {
            // The source failed: half a message has been sent, and nothing can follow it.
            Abort();
            throw;
        }
    }

    /// <summary>C-STORE from beside the association's thread, which receives the response.</summary>
    public CommandSet StoreBeside(StoreOperation operation)
    {
        var messageId = NextMessageId();
        return Window!.Invoke(messageId, () => SendStore(operation, messageId), _options.ResponseTimeout) ?? throw TimedOut("responding to C-STORE");
    }

    /// <summary>See <see cref="DimseRequest.Notify"/>.</summary>
    public bool Notify(PresentationContext context, CommandSet request, DicomDataset? dataset, Action<CommandSet> responded)
    {
        // One operation at a time is what every peer takes; in a window others may be under way, with requests of their own.
        if (_notification is not null || Window is { IsIdle: false }) return false;
        request.MessageId = NextMessageId();
        _notification = (request.MessageId, responded);
        Write(context, request, dataset);
        Flush();
        return true;
    }

    /// <summary>Waits for the response to a request of ours, or for what the peer sends instead.</summary>
    public Message ReadResponse() =>
        ReadMessage(_options.ResponseTimeout, out var message) ? message : throw Violation(AbortReason.UnexpectedPdu, "The peer asks for release where it owes a response.");

    public AssociationProtocolException Unexpected(Message message) =>
        Violation(AbortReason.UnexpectedPduParameter, $"{message.Command.Command} comes unasked.");

    /// <summary>Whether it was the response to a notification, which is done with it.</summary>
    private bool TryEndNotification(CommandSet command)
    {
        if (!command.IsResponse || _notification is not { } sent || sent.MessageId != command.MessageIdBeingRespondedTo) return false;
        _notification = null;
        sent.Responded(command);
        return true;
    }
}
