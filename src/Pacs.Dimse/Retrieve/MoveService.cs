using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>C-MOVE SCP (PS3.4 §C.4.2), to known peers only.</summary>
internal sealed class MoveService(RetrieveOperation operation, InstanceSender sender, PeerStore peers, PeerConnector connector) : IDimseService
{
    public string Name => nameof(DimseServiceKind.Move);

    public IReadOnlyList<ServiceContext> Contexts { get; } =
        [.. InformationModel.All.Select(m => new ServiceContext(m.Move, IdentifierSyntaxes.Uids))];

    public ReadOnlyMemory<byte>? Negotiate(SopClassExtendedNegotiation proposed, object? profile) => ExtendedBehavior.Negotiate(proposed);

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command != CommandField.CMoveRq)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        Peer? destination = null;
        operation.Run(
            "C-MOVE",
            request,
            refuse: () =>
            {
                try
                {
                    destination = Find(request.Command.MoveDestination);
                    return destination switch
                    {
                        null when request.Command.MoveDestination is null or "" => UnknownDestination(request, "Move Destination is missing"),
                        null => UnknownDestination(request, $"No peer {request.Command.MoveDestination}: add it under /api/v1/peers"),
                        { HasDimse: false } => UnknownDestination(request, $"{destination.AeTitle} speaks DICOMweb only: give it host and port"),
                        _ => null,
                    };
                }
                catch (UnreadableSettingsException)
                {
                    return UnknownDestination(request, $"No peer {request.Command.MoveDestination}: write it anew under /api/v1/peers");
                }
            },
            open: instances => new MoveTarget(request, new OutboundAssociation(sender, connector, destination!, instances.Kinds, CancellationToken.None)));
    }

    /// <summary>Looked up for each request, so that a peer added by REST is a destination at once.</summary>
    private Peer? Find(string? aeTitle) => aeTitle is null || !AeTitle.IsValid(aeTitle) ? null : peers.FindAsync(aeTitle, CancellationToken.None).GetAwaiter().GetResult();

    private static CommandSet UnknownDestination(DimseRequest request, string comment)
    {
        var response = request.Command.Response(DimseStatus.MoveDestinationUnknown);
        response.ErrorComment = comment;
        return response;
    }
}
