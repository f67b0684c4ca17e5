using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dimse.InformationModels;

namespace Pacs.Dimse.Offis;

/// <summary>
/// The private "Shutdown" SOP class of OFFIS, by which DCMTK's viewer ends the presentation state and query servers that
/// it started. They end when the context is negotiated; there is no operation in it. Here the context is accepted, so that
/// such a client gets its answer, C-ECHO is answered, and nobody is ended by a peer.
/// </summary>
internal sealed class ShutdownService : IDimseService
{
    public const string SopClass = "1.2.276.0.7230010.3.4.1915765545.18030.917282194.0";

    public IReadOnlyList<ServiceContext> Contexts { get; } = [new(SopClass, IdentifierSyntaxes.Uids)];

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command == CommandField.CEchoRq) request.Respond(DimseStatus.Success);
        else request.Respond(DimseStatus.UnrecognizedOperation, "This server is not ended from afar");
    }
}
