using Pacs.Dicom.Net;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>Where the objects of a retrieve go: back over the association (C-GET) or to another application (C-MOVE).</summary>
internal interface ISuboperationTarget : IDisposable
{
    /// <summary>
    /// The objects go over another association than the request's: when it breaks, the request goes on, and pending
    /// responses may leave while an object is on its way. Messages of one association never interleave.
    /// </summary>
    bool HasOwnAssociation { get; }

    /// <summary>Null when the association broke under the object, and there is another for it and those that follow.</summary>
    /// <exception cref="AssociationException">The association that the objects go over is over, and there is no other.</exception>
    SendResult? Send(StoredInstance instance);
}
