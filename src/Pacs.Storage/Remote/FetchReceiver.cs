using Microsoft.Extensions.Logging;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Ingest;

namespace Pacs.Storage.Remote;

/// <summary>Takes the objects of a C-GET into the archive, as if the peer had sent them by itself: by its rules, and safe before it is answered.</summary>
internal sealed class FetchReceiver(IngestService ingest, IngestRules rules, string peer, string aeTitle, Action<RetrievedObject> arrived, ILogger logger) : IDimseService
{
    public IReadOnlyList<ServiceContext> Contexts => [];

    public void Handle(DimseRequest request)
    {
        var command = request.Command;
        if (command.Command != CommandField.CStoreRq)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        var source = new IngestSource("DIMSE") { CallingAeTitle = peer, CalledAeTitle = aeTitle, RemoteAddress = request.Association.RemoteEndPoint.Address.ToString(), FetchedFrom = peer };
        long bytes = 0;
        IngestResult result;
        using (var session = ingest.Begin(new IngestRequest(request.Context.TransferSyntax, source) { SopClassUid = command.AffectedSopClassUid, SopInstanceUid = command.AffectedSopInstanceUid, Rules = rules }))
        {
            while (request.ReadFragments(out var fragments))
            {
                session.Write(fragments);
                foreach (var fragment in fragments) bytes += fragment.Length;
            }
            result = session.Complete();
        }
        var status = StoreStatus.Of(result);
        var uid = (result.SopInstanceUid ?? command.AffectedSopInstanceUid) is { } sent && Uid.IsAcceptable(sent) ? sent : "(no UID)";
        if (!result.IsSuccess) logger.FetchedRefused(uid, peer, status, result.Message);
        arrived(new RetrievedObject(uid, result.IsSuccess ? 0 : status.Value, result.IsSuccess ? "" : result.Message, result.IsSuccess ? bytes : null));
        var response = command.Response(status);
        response.ErrorComment = result.Message is { Length: > 0 } message ? message : null;
        response.OffendingElements = result.OffendingElements;
        request.Respond(response);
    }
}
