using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.Queries;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>C-GET SCP (PS3.4 §C.4.3).</summary>
internal sealed class GetService(RetrieveOperation operation, InstanceSender sender) : IDimseService
{
    public string Name => nameof(DimseServiceKind.Get);

    public IReadOnlyList<ServiceContext> Contexts { get; } =
        [.. InformationModel.All.Select(m => new ServiceContext(m.Get, IdentifierSyntaxes.Uids))];

    public ReadOnlyMemory<byte>? Negotiate(SopClassExtendedNegotiation proposed, object? profile) => ExtendedBehavior.Negotiate(proposed);

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command == CommandField.CGetRq) operation.Run("C-GET", request, () => null, _ => new GetTarget(request, sender));
        else request.Respond(DimseStatus.UnrecognizedOperation);
    }
}
