using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;

namespace Pacs.Dicom.Net;

/// <summary>
/// An association that this side asked for. Synchronous; one thread at a time. One request at a time: the enumeration of
/// responses is run to its end, or disposed, which cancels what is left.
/// </summary>
public sealed class ClientAssociation : IStoreDestination, IDisposable
{
    public AssociationInfo Info => throw new NotImplementedException();

    /// <summary>Connects and negotiates.</summary>
    /// <param name="options">With whom, for what.</param>
    /// <param name="cancellation">Closes the connection at any time of the association's life; what waits then throws <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="AssociationRejectedException">The peer says no.</exception>
    /// <exception cref="AssociationException">No connection, no answer, or not a DICOM peer.</exception>
    public static ClientAssociation Connect(ClientAssociationOptions options, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>C-ECHO (PS3.7 §9.1.5).</summary>
    /// <exception cref="InvalidOperationException">No verification context was accepted.</exception>
    public DimseStatus Echo() => throw new NotImplementedException();

    public IReadOnlyList<PresentationContext> FindContexts(string sopClassUid) => throw new NotImplementedException();

    /// <summary>C-STORE (PS3.7 §9.1.1), streamed.</summary>
    public CommandSet Store(StoreOperation operation) => throw new NotImplementedException();

    /// <summary>C-FIND (PS3.7 §9.1.2): pending responses with their identifiers as they come, then the final one.</summary>
    public IEnumerable<DimseResponse> Find(string sopClassUid, DicomDataset identifier) => throw new NotImplementedException();

    /// <summary>C-MOVE (PS3.7 §9.1.4): pending responses, then the final one.</summary>
    public IEnumerable<DimseResponse> Move(string sopClassUid, string destination, DicomDataset identifier) => throw new NotImplementedException();

    /// <summary>C-GET (PS3.7 §9.1.3): pending responses, then the final one; each object goes to the service meanwhile.</summary>
    public IEnumerable<DimseResponse> Get(string sopClassUid, DicomDataset identifier, IDimseService store) => throw new NotImplementedException();

    /// <summary>Sends a request of any kind and returns its responses as they come.</summary>
    /// <param name="context">An accepted context.</param>
    /// <param name="request">Message identifier and data set type are set here.</param>
    /// <param name="dataset">Encoded in the context's transfer syntax; null for none.</param>
    /// <param name="incoming">Performs requests that the peer sends meanwhile; none are taken when null.</param>
    public IEnumerable<DimseResponse> Send(PresentationContext context, CommandSet request, DicomDataset? dataset, IDimseService? incoming = null) => throw new NotImplementedException();

    /// <summary>Ends the association in order.</summary>
    public void Release() => throw new NotImplementedException();

    /// <summary>Ends the association at once.</summary>
    public void Abort() => throw new NotImplementedException();

    /// <summary>Releases if nothing is under way, otherwise aborts. Never throws.</summary>
    public void Dispose() => throw new NotImplementedException();
}
