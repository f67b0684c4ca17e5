using Npgsql;

namespace Pacs.Storage.Studies;

/// <summary>Does what follows from the completion of a study.</summary>
public interface ICompletionSubscriber
{
    /// <summary>
    /// Writes what is to be done – a job, as a rule – within the transaction of the event: both are there, or neither.
    /// Everything that takes time belongs into the job.
    /// </summary>
    Task OnCompletedAsync(CompletedStudy study, NpgsqlConnection connection, CancellationToken cancellation);
}
