using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>Sends to another application, which learns who asked (PS3.4 §C.4.2.1).</summary>
internal sealed class MoveTarget(DimseRequest request, OutboundAssociation association) : ISuboperationTarget
{
    private readonly SendOptions _options = new()
    {
        Priority = request.Command.Priority ?? Priority.Medium,
        MoveOriginatorAeTitle = request.Association.CallingAeTitle,
        MoveOriginatorMessageId = request.Command.MessageId,
    };

    public bool SurvivesBrokenAssociation => true;

    public SendResult Send(StoredInstance instance) => association.Send(instance, _options);

    public void Report(CommandSet pending)
    {
        request.Respond(pending);
        request.Flush();
    }

    public void Dispose() => association.Dispose();
}
