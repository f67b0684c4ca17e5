using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;

namespace Pacs.Dimse.Echo;

/// <summary>C-ECHO SCP (PS3.4 Annex A).</summary>
internal sealed class EchoService : IDimseService
{
    public string Name => nameof(DimseServiceKind.Verification);

    public IReadOnlyList<ServiceContext> Contexts { get; } = [new(Uids.Verification, IdentifierSyntaxes.Uids)];

    public void Handle(DimseRequest request) =>
        request.Respond(request.Command.Command == CommandField.CEchoRq ? DimseStatus.Success : DimseStatus.UnrecognizedOperation);
}
