using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dimse.Access;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>Sends back over the association that asked.</summary>
internal sealed class GetTarget(DimseRequest request, InstanceSender sender) : ISuboperationTarget, IStoreDestination
{
    private readonly SendOptions _options = new() { Priority = request.Command.Priority ?? Priority.Medium };
    private readonly bool _isLenient = request.Association.Rules().LenientGet == true;

    public bool HasOwnAssociation => false;

    public SendResult? Send(StoredInstance instance)
    {
        var result = sender.Send(this, instance, _options);
        // The usual mistake of a client, and one that its maker can mend.
        return result.Status is null && !_isLenient && request.FindContexts(instance.SopClassUid).Count == 0 && HasContext(instance.SopClassUid)
            ? result with { Message = $"SCP role not proposed: {SopClassRegistry.NameOf(instance.SopClassUid) ?? instance.SopClassUid}" }
            : result;
    }

    /// <summary>Where the requestor negotiated to be an SCP (PS3.7 §D.3.3.4); with <see cref="Pacs.Storage.Access.AssociationRules.LenientGet"/> also where it forgot to.</summary>
    public IReadOnlyList<PresentationContext> FindContexts(string sopClassUid) =>
        request.FindContexts(sopClassUid) is var negotiated && (negotiated.Count > 0 || !_isLenient) ? negotiated
            : [.. request.Association.Contexts.Where(c => c.AbstractSyntax == sopClassUid)];

    public CommandSet Store(StoreOperation operation) => request.Store(operation);

    public void Dispose()
    {
    }

    private bool HasContext(string sopClassUid) => request.Association.Contexts.Any(c => c.AbstractSyntax == sopClassUid);
}
