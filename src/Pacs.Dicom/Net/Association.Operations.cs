using Pacs.Dicom.Messages;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>What both sides do with messages.</summary>
internal sealed partial class Association
{
    /// <summary>Sends a C-STORE request with its data set; returns the message identifier.</summary>
    public ushort SendStore(StoreOperation operation)
    {
        var request = CommandSet.StoreRequest(operation.SopClassUid, operation.SopInstanceUid, operation.Priority);
        request.MessageId = NextMessageId();
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
        return request.MessageId;
    }

    /// <summary>Waits for the response to a request of ours, or for what the peer sends instead.</summary>
    public Message ReadResponse() =>
        ReadMessage(_options.ResponseTimeout, out var message) ? message : throw Violation(AbortReason.UnexpectedPdu, "The peer asks for release where it owes a response.");

    public AssociationProtocolException Unexpected(Message message) =>
        Violation(AbortReason.UnexpectedPduParameter, $"{message.Command.Command} comes unasked.");
}
