using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Jobs;

/// <summary>
/// A kind of outbound work. Adding one is a class and a line in the Worker's registration; the engine does the rest: order,
/// admission, recovery, back-off, peers that are away, progress, pausing and cancelling.
/// </summary>
public interface IJobKind
{
    /// <summary>What <see cref="JobRequest.Kind"/> names it by.</summary>
    string Name { get; }

    /// <summary>Somebody may ask for such a job by REST; others follow from what happens. Default true.</summary>
    bool MayBeRequested => true;

    /// <summary>The job talks to a peer: the request has to name a known one.</summary>
    bool NeedsPeer { get; }

    /// <summary>
    /// After <c>Pacs:Jobs:MaxAttempts</c> failures in a row the job has failed. Default true; false: it goes on with the longest
    /// delay until it succeeds or is cancelled.
    /// </summary>
    bool GivesUp => true;

    /// <summary>What the job is about, listed when it is created. Default: the objects of this archive that the request names.</summary>
    /// <param name="request">Its kind and peers have been checked.</param>
    /// <param name="archive">Where the objects are.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>May be empty where the run finds out by itself (<see cref="JobRun.AddAsync"/>).</returns>
    /// <exception cref="JobRefusedException">Not as asked: the message tells a person what to change.</exception>
    Task<IReadOnlyList<JobItem>> ListAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation) => ListObjectsAsync(request, archive, cancellation);

    /// <summary>The objects of this archive that the request names.</summary>
    /// <exception cref="JobRefusedException">It names none.</exception>
    static async Task<IReadOnlyList<JobItem>> ListObjectsAsync(JobRequest request, RetrievalService archive, CancellationToken cancellation)
    {
        if (request is { StudyInstanceUid: null, SeriesInstanceUid: null, SopInstanceUid: null })
            throw new JobRefusedException(JobRefusal.Invalid, "Name what it is about: studyInstanceUid, seriesInstanceUid or sopInstanceUid.");
        var items = new List<JobItem>();
        await foreach (var instance in archive.SelectAsync(request.Selector, cancellation)) items.Add(new JobItem(instance.SopInstanceUid, instance.BlobLength - instance.DatasetOffset));
        return items.Count > 0 ? items : throw new JobRefusedException(JobRefusal.NothingSelected, "Nothing in this archive has these UIDs.");
    }

    /// <summary>
    /// Does what is still to be done, reporting each object through <paramref name="run"/>. Runs again from there after a
    /// crash or a failure that may pass. When <see cref="JobRun.Stop"/> fires it finishes the object in hand and returns.
    /// </summary>
    /// <exception cref="PeerAwayException">The peer cannot be reached at all; as are exceptions of the clients that say so.</exception>
    /// <exception cref="Exception">Any other is a failure that may pass, of the whole run.</exception>
    Task RunAsync(JobRun run, CancellationToken cancellation);

    /// <summary>
    /// Writes what follows from the job – another one – when each of its objects has its end, before the job has. May be called
    /// again after a crash. Default nothing.
    /// </summary>
    Task EndingAsync(Job job, CancellationToken cancellation) => Task.CompletedTask;
}
