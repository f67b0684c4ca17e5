namespace Pacs.Storage.Jobs;

/// <summary>
/// A kind of outbound work. Adding one is a class and a line in the Worker's registration; the engine does the rest:
/// scheduling, recovery, back-off, progress, cancelling.
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

    /// <summary>
    /// Does what is still to be done, reporting each object through <paramref name="run"/>. Runs again from there after a
    /// crash or a failure that may pass. What it throws is a failure that may pass, of the whole run.
    /// </summary>
    Task RunAsync(JobRun run, CancellationToken cancellation);
}
