using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>Where the objects of a retrieve go: back over the association (C-GET) or to another application (C-MOVE).</summary>
internal interface ISuboperationTarget : IDisposable
{
    /// <summary>The objects go over another association than the request's: when it breaks, the request goes on.</summary>
    bool SurvivesBrokenAssociation { get; }

    /// <exception cref="AssociationException">The association that the objects go over is over.</exception>
    SendResult Send(StoredInstance instance);

    /// <summary>Sends a pending response.</summary>
    void Report(CommandSet pending);
}
