using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.Access;
using Pacs.Storage.Access;
using Pacs.Storage.Ingest;
using Pacs.Storage.Remote;

namespace Pacs.Dimse.Store;

/// <summary>
/// C-STORE SCP (PS3.4 Annex B) of every storage SOP class in every transfer syntax. What of it a peer gets is narrowed by
/// its rules: <see cref="StorageNegotiation"/>.
/// </summary>
internal sealed class StoreService(IngestService ingest, MoveOrigins moves, ILogger<StoreService> logger) : IDimseService
{
    public string Name => nameof(DimseServiceKind.Storage);

    public IReadOnlyList<ServiceContext> Contexts { get; } = [.. SopClassRegistry.Storage.Select(c => StorageNegotiation.Offer(c.Uid))];

    public ServiceContext? Offer(string abstractSyntax, SopClassCommonExtendedNegotiation? related) =>
        StorageNegotiation.MayBeStorage(abstractSyntax, related) ? StorageNegotiation.Offer(abstractSyntax) : null;

    public ReadOnlyMemory<byte>? Negotiate(SopClassExtendedNegotiation proposed, object? profile) =>
        StorageNegotiation.Answer(profile as AssociationRules ?? new AssociationRules());

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command != CommandField.CStoreRq)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        var started = Stopwatch.GetTimestamp();
        var sopClass = request.Command.AffectedSopClassUid;
        if (sopClass is not null && sopClass != request.Context.AbstractSyntax && !SopClassRegistry.IsStorage(sopClass))
        {
            Respond(request, DimseStatus.SopClassNotSupported, new IngestResult(IngestOutcome.ProcessingFailure, "Affected SOP Class is not one that is stored here"), started);
            return;
        }
        var origin = moves.Find(request.Command.MoveOriginatorAeTitle, request.Command.MoveOriginatorMessageId);
        var session = ingest.Begin(new IngestRequest(request.Context.TransferSyntax, SourceOf(request.Association, origin?.Peer))
        {
            SopClassUid = sopClass,
            SopInstanceUid = request.Command.AffectedSopInstanceUid,
            Rules = IngestRules.Of(request.Association.Rules()),
        });
        try
        {
            // A session that has refused its object takes the rest and drops it: the peer is answered when it has sent all.
            while (request.ReadFragments(out var fragments)) session.Write(fragments);
            request.Continue(() =>
            {
                IngestResult result;
                using (session) result = session.Complete();
                if (origin is not null) moves.Note(origin, result);
                Respond(request, StoreStatus.Of(result), result, started);
            });
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Respond(DimseRequest request, DimseStatus status, IngestResult result, long started)
    {
        var response = request.Command.Response(status);
        response.ErrorComment = result.Message is { Length: > 0 } message ? message : null;
        response.OffendingElements = result.OffendingElements;
        request.Respond(response);

        var elapsed = Stopwatch.GetElapsedTime(started);
        var association = request.Association;
        // Only what is harmless reaches the log: a peer may send line breaks as its UID.
        var uid = (result.SopInstanceUid ?? request.Command.AffectedSopInstanceUid) is { } sent && Uid.IsAcceptable(sent) ? sent : "(no UID)";
        if (status.IsSuccess) logger.Stored(association.Id, association.CallingAeTitle, uid, result.Outcome, elapsed.TotalMilliseconds);
        else if (status.IsDone) logger.StoredWithWarning(association.Id, uid, association.CallingAeTitle, status, result.Message);
        else logger.Refused(association.Id, uid, association.CallingAeTitle, status, result.Message);
    }

    private static IngestSource SourceOf(AssociationInfo association, string? fetchedFrom) => new("DIMSE")
    {
        CallingAeTitle = association.CallingAeTitle,
        CalledAeTitle = association.CalledAeTitle,
        RemoteAddress = association.RemoteEndPoint.Address.ToString(),
        Listener = association.ListenerName,
        FetchedFrom = fetchedFrom,
    };
}
