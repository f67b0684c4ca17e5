using Npgsql;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Studies;

/// <summary>
/// A job for each peer that wants to be told of complete studies (PS3.4 Annex R). Its objects are the notifications, one for
/// each part of the study: they have their UIDs from here, so that one that is sent twice is known to be the same.
/// </summary>
internal sealed class AvailabilitySubscriber(PeerStore peers) : ICompletionSubscriber
{
    public async Task OnCompletedAsync(CompletedStudy study, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var parts = (study.Instances + StudyContents.PartSize - 1) / StudyContents.PartSize;
        foreach (var peer in await peers.ListToNotifyAsync(PeerNotification.InstanceAvailability, cancellation))
        {
            await JobService.InsertAsync(
                connection, new JobRequest(StudyContents.JobKind) { StudyInstanceUid = study.StudyInstanceUid, Peer = peer },
                [.. Enumerable.Range(0, parts).Select(_ => new JobItem(Uid.Generate()))], cancellation);
        }
    }
}
