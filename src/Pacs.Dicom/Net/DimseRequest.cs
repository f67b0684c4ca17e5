using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Parsing;

namespace Pacs.Dicom.Net;

/// <summary>
/// A request from the peer, to be performed by an <see cref="IDimseService"/> on the association's thread. Every member
/// that touches the network throws an <see cref="AssociationException"/> when the association is over: let it pass.
/// </summary>
public sealed class DimseRequest : IStoreDestination
{
    public AssociationInfo Association => throw new NotImplementedException();
    public PresentationContext Context => throw new NotImplementedException();
    public CommandSet Command => throw new NotImplementedException();

    /// <summary>
    /// The next bytes of the data set, as received: every fragment of one receive buffer at once, so that they can be
    /// written with one call. They are valid until the next call of any member. False at the end of the data set.
    /// </summary>
    public bool ReadFragments(out IReadOnlyList<ReadOnlyMemory<byte>> fragments) => throw new NotImplementedException();

    /// <summary>The whole data set: for identifiers, not for objects.</summary>
    /// <param name="maxLength">Bytes; a longer one is refused.</param>
    /// <exception cref="DicomFormatException">Not a data set, or too long. The association can go on.</exception>
    public DicomDataset ReadDataset(int maxLength = 1024 * 1024) => throw new NotImplementedException();

    /// <summary>
    /// The peer has asked to cancel this request. Looks at what has arrived and never waits; notices an abort or a
    /// lost connection too. Cheap, but a system call: ask per object or per some answers.
    /// </summary>
    public bool IsCancelRequested => throw new NotImplementedException();

    /// <summary>Becomes true when the server stops: end what you do in bounded time.</summary>
    public bool IsStopping => throw new NotImplementedException();

    /// <summary>
    /// Sends a response made by <see cref="CommandSet.Response"/>. Pending ones are collected and sent together before
    /// the association next waits; a final one goes out at once. After a final one there are no more.
    /// </summary>
    /// <param name="response">Data set type is set here.</param>
    /// <param name="dataset">Identifier or attributes, encoded in the context's transfer syntax; null for none.</param>
    public void Respond(CommandSet response, DicomDataset? dataset = null) => throw new NotImplementedException();

    /// <summary>A response with a status, and for a person up to 64 characters of comment.</summary>
    public void Respond(DimseStatus status, string? errorComment = null)
    {
        var response = Command.Response(status);
        response.ErrorComment = errorComment;
        Respond(response);
    }

    /// <summary>Sends collected responses now.</summary>
    public void Flush() => throw new NotImplementedException();

    /// <summary>Contexts of this association in which the requestor takes objects: a C-GET's destinations.</summary>
    public IReadOnlyList<PresentationContext> FindContexts(string sopClassUid) => throw new NotImplementedException();

    /// <summary>A C-STORE sub-operation on this association (C-GET). A cancel that arrives meanwhile is kept for <see cref="IsCancelRequested"/>.</summary>
    public CommandSet Store(StoreOperation operation) => throw new NotImplementedException();
}
