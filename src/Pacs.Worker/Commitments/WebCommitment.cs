using Pacs.Storage.Commitments;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.RemoteCommitments;

namespace Pacs.Worker.Commitments;

/// <summary>Asks for storage commitment by DICOMweb (PS3.18 §13), and looks for the result.</summary>
internal sealed class WebCommitment(RemoteCommitmentStore commitments, DicomWebConnector connector)
{
    private const int NotFound = 404;
    private const int Gone = 410;

    /// <returns>What becomes of each object when the server does not take the request; null when it does.</returns>
    /// <exception cref="DicomWebException">It cannot be reached, or failed in a way that may pass.</exception>
    public async Task<JobObjectResult?> AskAsync(Peer peer, string transaction, IReadOnlyList<CommitmentReference> references, CancellationToken cancellation)
    {
        try
        {
            var result = await connector.Connect(peer).RequestCommitmentAsync(transaction, references, cancellation);
            await commitments.AwaitAsync(transaction, TimeSpan.FromSeconds((peer.Commitment ?? PeerCommitment.Default).ReportTimeoutSeconds), cancellation);
            await TakeAsync(peer, transaction, result, [.. references.Select(r => r.SopInstanceUid)], cancellation);
            return null;
        }
        catch (DicomWebException e) when (e.Failure == DicomWebFailure.Refused)
        {
            return new JobObjectResult(0, JobState.Failed, e.Status, e.Message);
        }
    }

    /// <summary>Looks for the results that are awaited.</summary>
    /// <returns>Whether anything is known now that was not.</returns>
    /// <exception cref="DicomWebException">It cannot be reached, or failed in a way that may pass.</exception>
    public async Task<bool> CheckAsync(Peer peer, IEnumerable<CommitmentAnswer> answers, CancellationToken cancellation)
    {
        var isNews = false;
        foreach (var awaited in answers.Where(a => a is { Failure: null, AwaitedUntil: not null }).GroupBy(a => a.TransactionUid))
        {
            try
            {
                var result = await connector.Connect(peer).CheckCommitmentAsync(awaited.Key, cancellation);
                isNews |= await TakeAsync(peer, awaited.Key, result, [.. awaited.Select(a => a.SopInstanceUid)], cancellation);
            }
            catch (DicomWebException e) when (e.Status is NotFound or Gone)
            {
                // It has forgotten: it is asked again.
                await commitments.GiveUpAsync(awaited.Key, cancellation);
                isNews = true;
            }
        }
        return isNews;
    }

    /// <summary>What it says of other objects is not asked for, and not believed.</summary>
    private async Task<bool> TakeAsync(Peer peer, string transaction, DicomWebCommitment result, IReadOnlyList<string> asked, CancellationToken cancellation)
    {
        if (!result.IsDone) return false;
        var report = new RemoteReport(
            transaction,
            [.. asked.Where(result.Committed.Contains).Select(uid => new CommitmentReference("", uid))],
            asked.Where(result.Failed.ContainsKey).ToDictionary(uid => uid, uid => result.Failed[uid]));
        if (report.Committed.Count + report.Failed.Count > 0) await commitments.TakeAsync(peer.AeTitle, report, cancellation);
        else await commitments.GiveUpAsync(transaction, cancellation);
        return true;
    }
}
