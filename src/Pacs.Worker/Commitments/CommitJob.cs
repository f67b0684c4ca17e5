using System.Text.Json;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.RemoteCommitments;
using Pacs.Storage.Retrieval;

namespace Pacs.Worker.Commitments;

/// <summary>
/// Asks a peer to take responsibility for objects: Storage Commitment Push Model SCU (PS3.4 Annex J), or DICOMweb (PS3.18 §13).
/// Each request is on record before it goes out, with a Transaction UID of its own. What is not answered in time is asked for
/// again under another; an answer to any of them counts, whenever and wherever it comes.
/// </summary>
/// <remarks>
/// Parameter <c>forwardMissing</c>: what the peer says it does not have is forwarded once more, and then asked for again. It is true,
/// or has the parameters of the forward job.
/// </remarks>
internal sealed class CommitJob(
    RemoteCommitmentStore commitments, PeerStore peers, DimseCommitment dimse, WebCommitment web, FollowUpJobs followUps, TimeProvider time) : IJobKind
{
    public const string Kind = "commit";

    private const string ForwardMissing = "forwardMissing";

    /// <summary>After a crash it is not known whether a request has gone out: no longer than this is waited for its answer.</summary>
    private static readonly TimeSpan Unconfirmed = TimeSpan.FromSeconds(30);

    public string Name => Kind;

    public bool NeedsPeer => true;

    public async Task RunAsync(JobRun run, CancellationToken cancellation)
    {
        var peer = await peers.OfJobAsync(run.Job.Peer!, cancellation);
        DateTimeOffset? awaited = null;
        while (await ClaimAsync(run, (peer.Commitment ?? PeerCommitment.Default).MaxReferences, cancellation) is { Count: > 0 } batch)
            awaited = Earlier(awaited, await SettleAsync(run, peer, batch, cancellation));
        if (awaited is { } until && !run.Stop.IsCancellationRequested)
            // A peer of DICOMweb is asked for its result; any other brings it, and the job is woken.
            throw new JobRunException($"{peer.AeTitle} was asked; its report is awaited until {until.UtcDateTime:u}, then it is asked again.") { RetryAfter = peer.Web is null ? Remaining(until) : null };
    }

    /// <summary>Of the job that follows a forward job with these.</summary>
    public static JsonElement? ParametersAfter(ForwardParameters forward) => !forward.ForwardMissing ? null
        : JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement?> { [ForwardMissing] = (forward with { ForwardMissing = false }).ToJson() });

    public Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation)
    {
        ForwardingOf(request.Parameters);
        return IJobKind.ListObjectsAsync(request, archive, cancellation);
    }

    public Task EndingAsync(Job job, CancellationToken cancellation) => ForwardingOf(job.Parameters) is not { } forward ? Task.CompletedTask : followUps.CreateAsync(
        job, new JobRequest("forward") { Parameters = (forward with { Commit = true, ForwardMissing = false }).ToJson() }, [JobState.Failed], DimseStatus.NoSuchSopInstance.Value, cancellation);

    /// <summary>How what is missing is to be forwarded; null when it is not.</summary>
    /// <exception cref="JobRefusedException">The parameters cannot be read.</exception>
    private static ForwardParameters? ForwardingOf(JsonElement? parameters)
    {
        if (parameters is not { ValueKind: JsonValueKind.Object } given) return null;
        if (given.EnumerateObject().Any(p => p.Name != ForwardMissing)) throw new JobRefusedException(JobRefusal.Invalid, $"\"parameters\" of a commit job: {ForwardMissing} is all there is.");
        if (!given.TryGetProperty(ForwardMissing, out var how) || how.ValueKind is JsonValueKind.False or JsonValueKind.Null) return null;
        return how.ValueKind == JsonValueKind.True ? new ForwardParameters() : ForwardParameters.Read(how);
    }

    private static async Task<IReadOnlyList<JobObject>> ClaimAsync(JobRun run, int most, CancellationToken cancellation)
    {
        var claimed = new List<JobObject>();
        while (claimed.Count < most && await run.ClaimAsync(cancellation) is { Count: > 0 } next) claimed.AddRange(next);
        return claimed;
    }

    /// <returns>Until when an answer is awaited for some of them; null when for none.</returns>
    private async Task<DateTimeOffset?> SettleAsync(JobRun run, Peer peer, IReadOnlyList<JobObject> batch, CancellationToken cancellation)
    {
        var answers = await commitments.TakeAnswersAsync(run.Job.Id, Uids(batch), cancellation);
        if (peer.Web is not null && await web.CheckAsync(peer, answers.Values, cancellation)) answers = await commitments.TakeAnswersAsync(run.Job.Id, Uids(batch), cancellation);
        var awaited = Report(run, batch, answers);

        foreach (var open in batch.Where(o => !answers.TryGetValue(o.SopInstanceUid, out var answer) || answer is { Failure: null, AwaitedUntil: null }).Chunk((peer.Commitment ?? PeerCommitment.Default).MaxReferences))
        {
            if (run.Stop.IsCancellationRequested) break;
            awaited = Earlier(awaited, await AskAsync(run, peer, open, cancellation));
        }
        return awaited;
    }

    private async Task<DateTimeOffset?> AskAsync(JobRun run, Peer peer, IReadOnlyList<JobObject> open, CancellationToken cancellation)
    {
        var transaction = Uid.Generate();
        var references = await commitments.BeginAsync(run.Job.Id, peer.AeTitle, transaction, Uids(open), Unconfirmed, cancellation);
        var known = references.Select(r => r.SopInstanceUid).ToHashSet();
        foreach (var gone in open.Where(o => !known.Contains(o.SopInstanceUid))) run.Report(new JobObjectResult(gone.Number, JobState.Failed, null, "No longer in the archive"));
        List<JobObject> asked = [.. open.Where(o => known.Contains(o.SopInstanceUid))];
        if (asked.Count == 0) return null;

        var isAsked = false;
        try
        {
            // Read since the request is on record: from what a server is asked follows that it was the peer's by then, or has been.
            peer = await peers.OfJobAsync(run.Job.Peer!, cancellation);
            var refusal = peer.Web is not null
                ? await web.AskAsync(peer, transaction, references, cancellation)
                : await dimse.AskAsync(peer, transaction, references, run.Stop, cancellation);
            isAsked = refusal is null;
            if (refusal is not null)
            {
                foreach (var item in asked) run.Report(refusal with { Number = item.Number });
                return null;
            }
        }
        finally
        {
            // Whatever became of it: an answer that comes all the same counts.
            if (!isAsked) await commitments.GiveUpAsync(transaction, CancellationToken.None);
        }
        return Report(run, asked, await commitments.TakeAnswersAsync(run.Job.Id, Uids(asked), cancellation), isAsked: true);
    }

    /// <returns>Until when an answer is awaited for some of them; null when for none.</returns>
    private static DateTimeOffset? Report(JobRun run, IReadOnlyList<JobObject> objects, IReadOnlyDictionary<string, CommitmentAnswer> answers, bool isAsked = false)
    {
        DateTimeOffset? awaited = null;
        foreach (var item in objects)
        {
            var answer = answers.GetValueOrDefault(item.SopInstanceUid);
            if (answer?.Failure is { } failure) run.Report(ResultOf(item, failure));
            else if (answer?.AwaitedUntil is { } until)
            {
                awaited = Earlier(awaited, until);
                run.Report(new JobObjectResult(item.Number, JobState.Waiting, null, $"Asked as transaction {answer.TransactionUid}; the report is awaited until {until.UtcDateTime:u}"));
            }
            else if (isAsked) run.Report(new JobObjectResult(item.Number, JobState.Waiting, null, "The peer's report says nothing of it"));
        }
        return awaited;
    }

    private static JobObjectResult ResultOf(JobObject item, int failure)
    {
        if (failure == 0) return new JobObjectResult(item.Number, JobState.Done, 0);
        var reason = new DimseStatus((ushort)failure);
        // What of it may pass: another time, another transaction.
        var mayPass = reason == DimseStatus.ResourceLimitation || reason == DimseStatus.DuplicateTransactionUid;
        return new JobObjectResult(item.Number, mayPass ? JobState.Waiting : JobState.Failed, failure, $"Not committed: {reason}");
    }

    private static string[] Uids(IReadOnlyList<JobObject> objects) => [.. objects.Select(o => o.SopInstanceUid)];

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    private TimeSpan Remaining(DateTimeOffset until) => until - time.GetUtcNow() is var left && left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1);
}
