using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>Sends to another application, which learns who asked (PS3.4 §C.4.2.1): over one association, opened anew once if it breaks.</summary>
internal sealed class MoveTarget(DimseRequest request, OutboundAssociation association) : ISuboperationTarget
{
    private readonly SendOptions _options = new()
    {
        Priority = request.Command.Priority ?? Priority.Medium,
        MoveOriginatorAeTitle = request.Association.CallingAeTitle,
        MoveOriginatorMessageId = request.Command.MessageId,
    };

    private bool _isReopened;

    public bool HasOwnAssociation => true;

    public SendResult? Send(StoredInstance instance)
    {
        try
        {
            return association.Send(instance, _options);
        }
        catch (AssociationException) when (association.WasOpen && !_isReopened)
        {
            _isReopened = true;
            return null;
        }
    }

    public void Dispose() => association.Dispose();
}
