using Pacs.Dicom.Messages;

namespace Pacs.Dicom.Net;

/// <summary>Takes objects by C-STORE: another association (C-MOVE, forwarding), or the one that asked (C-GET).</summary>
public interface IStoreDestination
{
    /// <summary>Accepted contexts in which objects of the class may be sent; empty when there is none.</summary>
    IReadOnlyList<PresentationContext> FindContexts(string sopClassUid);

    /// <summary>Sends the object and waits for the response.</summary>
    /// <exception cref="AssociationException">The association is over.</exception>
    CommandSet Store(StoreOperation operation);
}
