using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>What both sides do with messages.</summary>
internal sealed partial class Association
{
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

    /// <summary>Waits for the response to a request of ours, or for what the peer sends instead.</summary>
    public Message ReadResponse() =>
        ReadMessage(_options.ResponseTimeout, out var message) ? message : throw Violation(AbortReason.UnexpectedPdu, "The peer asks for release where it owes a response.");

    public AssociationProtocolException Unexpected(Message message) =>
        Violation(AbortReason.UnexpectedPduParameter, $"{message.Command.Command} comes unasked.");
}
