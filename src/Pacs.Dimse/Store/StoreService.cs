using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Access;
using Pacs.Storage.Ingest;

namespace Pacs.Dimse.Store;

/// <summary>
/// C-STORE SCP (PS3.4 Annex B) of every storage SOP class in every transfer syntax. The proposer's order decides between
/// syntaxes, since it knows how its objects are encoded and nothing here has to be converted.
/// </summary>
internal sealed class StoreService(IngestService ingest, ILogger<StoreService> logger) : IDimseService
{
    private static readonly string[] TransferSyntaxes = [.. TransferSyntaxRegistry.All.Select(t => t.Uid)];

    public string Name => nameof(DimseServiceKind.Storage);

    /// <summary>The requestor may be an SCP of these classes too: the objects of a C-GET come to it in the same contexts.</summary>
    public IReadOnlyList<ServiceContext> Contexts { get; } =
        [.. SopClassRegistry.Storage.Select(c => new ServiceContext(c.Uid, TransferSyntaxes) { Order = TransferSyntaxOrder.Proposer, RequestorMayBeScp = true })];

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command != CommandField.CStoreRq)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        var started = Stopwatch.GetTimestamp();
        var (status, result) = Store(request);

        var response = request.Command.Response(status);
        response.ErrorComment = status.IsSuccess ? null : result.Message;
        response.OffendingElements = result.OffendingElements;
        request.Respond(response);

        var elapsed = Stopwatch.GetElapsedTime(started);
        var association = request.Association;
        // Only what is harmless reaches the log: a peer may send line breaks as its UID.
        var uid = (result.SopInstanceUid ?? request.Command.AffectedSopInstanceUid) is { } sent && Uid.IsAcceptable(sent) ? sent : "(no UID)";
        if (status.IsSuccess) logger.Stored(association.Id, association.CallingAeTitle, uid, result.Outcome, elapsed.TotalMilliseconds);
        else logger.Refused(association.Id, association.CallingAeTitle, uid, status, result.Message);
    }

    private (DimseStatus Status, IngestResult Result) Store(DimseRequest request)
    {
        var sopClass = request.Command.AffectedSopClassUid;
        if (sopClass is not null && sopClass != request.Context.AbstractSyntax && !SopClassRegistry.IsStorage(sopClass))
            return (DimseStatus.SopClassNotSupported, new IngestResult(IngestOutcome.ProcessingFailure, "Affected SOP Class is not one that is stored here"));

        using var session = ingest.Begin(new IngestRequest(request.Context.TransferSyntax, SourceOf(request.Association))
        {
            SopClassUid = sopClass,
            SopInstanceUid = request.Command.AffectedSopInstanceUid,
        });
        // A session that has refused its object takes the rest and drops it: the peer is answered when it has sent all.
        while (request.ReadFragments(out var fragments)) session.Write(fragments);
        var result = session.Complete();
        return (StoreStatus.Of(result.Outcome), result);
    }

    private static IngestSource SourceOf(AssociationInfo association) => new("DIMSE")
    {
        CallingAeTitle = association.CallingAeTitle,
        CalledAeTitle = association.CalledAeTitle,
        RemoteAddress = association.RemoteEndPoint.Address.ToString(),
    };
}
