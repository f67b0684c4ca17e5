using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>Sends back over the association that asked.</summary>
internal sealed class GetTarget(DimseRequest request, InstanceSender sender) : ISuboperationTarget, IStoreDestination
{
    private readonly SendOptions _options = new() { Priority = request.Command.Priority ?? Priority.Medium };

    public bool SurvivesBrokenAssociation => false;

    public SendResult Send(StoredInstance instance) => sender.Send(this, instance, _options);

    /// <summary>A pending response leaves with the next object.</summary>
    public void Report(CommandSet pending) => request.Respond(pending);

    /// <summary>Where the requestor negotiated to be an SCP; a client that forgot to (PS3.7 §D.3.3.4) is sent to all the same: why else would it ask.</summary>
    public IReadOnlyList<PresentationContext> FindContexts(string sopClassUid) =>
        request.FindContexts(sopClassUid) is { Count: > 0 } negotiated ? negotiated
            : [.. request.Association.Contexts.Where(c => c.AbstractSyntax == sopClassUid)];

    public CommandSet Store(StoreOperation operation) => request.Store(operation);

    public void Dispose()
    {
    }
}
