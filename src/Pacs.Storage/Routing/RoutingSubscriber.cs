using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Jobs;
using Pacs.Storage.Studies;

namespace Pacs.Storage.Routing;

/// <summary>What waits for a study, or a series of it, to be complete has its time.</summary>
internal sealed class RoutingSubscriber : ICompletionSubscriber
{
    public async Task OnCompletedAsync(CompletedStudy study, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("UPDATE routing_outbox SET is_due = true WHERE study_instance_uid = $1 AND NOT is_due", connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, study.StudyInstanceUid));
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
