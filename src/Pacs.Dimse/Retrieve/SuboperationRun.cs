using System.Data.Common;
using Pacs.Dicom.Net;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Dimse.Retrieve;

/// <summary>The sub-operations of one retrieve, one after the other, until the last or a reason to end: after it every object is counted, unless it was cancelled.</summary>
internal sealed class SuboperationRun(DimseRequest request, InstanceSnapshot snapshot, ISuboperationTarget target, PendingResponses pending)
{
    private readonly List<string> _left = [];
    private StoredInstance? _interrupted;
    private string? _end;

    /// <returns>Whether it was cancelled before the end.</returns>
    public bool Send()
    {
        var taken = 0;
        try
        {
            foreach (var instance in snapshot.ReadAsync(CancellationToken.None).ToBlockingEnumerable())
            {
                if (pending.IsCancelRequested) return true;
                if (MustEnd()) break;
                Send(snapshot.SopInstanceUids[taken++], instance);
            }
        }
        catch (DbException)
        {
            _end = "The database does not answer, try again later";
        }

        // The object under which the association broke comes after all others, which it may have kept from arriving.
        if (_interrupted is { } again && !MustEnd())
        {
            if (pending.IsCancelRequested) return true;
            Send(again.SopInstanceUid, again);
        }
        else if (_interrupted is { } lost)
        {
            _left.Add(lost.SopInstanceUid);
        }
        pending.Report(counts =>
        {
            foreach (var uid in _left.Concat(snapshot.SopInstanceUids.Skip(taken))) counts.Fail(uid, _end!);
        });
        return false;
    }

    private bool MustEnd()
    {
        if (request.IsStopping) _end ??= "The server is shutting down, ask again later";
        return _end is not null;
    }

    private void Send(string sopInstanceUid, StoredInstance? instance)
    {
        if (instance is null)
        {
            pending.Report(c => c.Fail(sopInstanceUid, "Deleted in the meantime, or not given by its archive"));
            return;
        }
        try
        {
            if (target.Send(instance) is { } result) pending.Report(c => c.Add(sopInstanceUid, result));
            else _interrupted = instance;
        }
        catch (AssociationException e) when (target.HasOwnAssociation)
        {
            _end = e is AssociationRejectedException refusal ? $"Destination refused: {refusal.Rejection}" : e.Message;
            _left.Add(sopInstanceUid);
        }
    }
}
