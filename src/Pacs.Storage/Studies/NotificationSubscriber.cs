using Npgsql;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Studies;

/// <summary>A job for each peer that wants to be told of complete studies, of each kind that it wants.</summary>
internal sealed class NotificationSubscriber(PeerStore peers) : ICompletionSubscriber
{
    public async Task OnCompletedAsync(CompletedStudy study, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await TellAsync(PeerNotification.InstanceAvailability, StudyContents.JobKind, StudyContents.PartSize, study, connection, cancellation);
        await TellAsync(PeerNotification.StudyContent, StudyContents.ContentJobKind, StudyContents.ContentPartSize, study, connection, cancellation);
    }

    private async Task TellAsync(PeerNotification notification, string kind, int partSize, CompletedStudy study, NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var peer in await peers.ListToNotifyAsync(notification, cancellation))
        {
            await JobService.InsertAsync(
                connection, new JobRequest(kind) { StudyInstanceUid = study.StudyInstanceUid, Peer = peer, Cause = $"study complete ({study.Reason})" },
                StudyContents.Parts(study.Instances, partSize), cancellation);
        }
    }
}
