using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Storage.Jobs;
using Pacs.Storage.Model;
using Pacs.Storage.Peers;
using Pacs.Storage.Studies;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Studies;

/// <summary>Peers that asked for it are told what complete studies consist of.</summary>
public sealed class ContentNotificationJobTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Notify_StudyComplete_SendsItsDescriptor()
    {
        using var subscriber = await SubscriberAsync();
        using var worker = await archive.StartWorkerAsync();
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        archive.Store(study);
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);
        await EndAsync(subscriber, JobState.Done);

        var told = Assert.Single(subscriber.Requests);
        Assert.Equal((CommandField.CStoreRq, Uids.BasicStudyContentNotification), (told.Command.Command, told.Command.AffectedSopClassUid));
        Assert.Equal((told.Command.AffectedSopInstanceUid, Uids.BasicStudyContentNotification, study[0].StudyInstanceUid),
            (told.Dataset.GetString(Tags.SOPInstanceUID), told.Dataset.GetString(Tags.SOPClassUID), told.Dataset.GetString(Tags.StudyInstanceUID)));
        Assert.All(new[] { Tags.PatientName, Tags.PatientID, Tags.StudyID }, tag => Assert.True(told.Dataset.Contains(tag)));
        var listed = told.Dataset.GetItems(Tags.ReferencedSeriesSequence).SelectMany(s => s.GetItems(Tags.ReferencedImageSequence)
            .Select(i => (s.GetString(Tags.SeriesInstanceUID), s.GetString(Tags.RetrieveAETitle), i.GetString(Tags.ReferencedSOPClassUID), i.GetString(Tags.ReferencedSOPInstanceUID)))).ToHashSet();
        Assert.Equal(study.Select(o => ((string?)o.SeriesInstanceUid, (string?)"PACS", (string?)o.SopClassUid, (string?)o.SopInstanceUid)).ToHashSet(), listed);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Notify_NameBeyondAscii_SaysItsCharacterSet()
    {
        using var subscriber = await SubscriberAsync();
        using var worker = await archive.StartWorkerAsync();
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Set(SpecificCharacterSet.Tag, "ISO_IR 192").Set(Tags.PatientName, "Müller^Jörg") });
        archive.Store([sample]);
        await archive.Studies.CloseAsync(sample.StudyInstanceUid, CompletionReason.Request, default);
        await EndAsync(subscriber, JobState.Done);
        var dataset = Assert.Single(subscriber.Requests).Dataset;
        Assert.Equal("ISO_IR 192", dataset.GetString(SpecificCharacterSet.Tag));
        Assert.Equal("Müller^Jörg", dataset.GetString(Tags.PatientName));
        await worker.StopAsync();
    }

    [Theory]
    [InlineData(0xA700, JobState.Done, 2)]
    [InlineData(0x0111, JobState.Done, 1)]
    [InlineData(0xA900, JobState.Failed, 1)]
    public async Task Notify_SubscriberAnswers_GoesOnOrEndsByItsStatus(int status, JobState expected, int times)
    {
        using var subscriber = await SubscriberAsync();
        subscriber.Answer = _ => subscriber.Requests.Count == 1 ? new DimseStatus((ushort)status) : DimseStatus.Success;
        using var worker = await archive.StartWorkerAsync();
        var study = SampleObjects.Study(1, 1, SampleOptions.Fresh());
        archive.Store(study);
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);
        await EndAsync(subscriber, expected);
        Assert.Equal(times, subscriber.Requests.Count);
        Assert.Single(subscriber.Requests.Select(r => r.Command.AffectedSopInstanceUid).Distinct());
        await worker.StopAsync();
    }

    [Theory]
    [InlineData("content-notification", Uids.BasicStudyContentNotification)]
    [InlineData("instance-availability", Uids.InstanceAvailabilityNotification)]
    public async Task Create_NotificationByRequest_IsSent(string kind, string sopClass)
    {
        using var peer = new RecordingScp(sopClass);
        await archive.Peers.PutAsync(new(peer.Address.AeTitle, peer.Address.Host, peer.Address.Port), default);
        using var worker = await archive.StartWorkerAsync();
        var study = SampleObjects.Study(1, 2, SampleOptions.Fresh());
        archive.Store(study);
        var job = await archive.Jobs.CreateAsync(new JobRequest(kind) { StudyInstanceUid = study[0].StudyInstanceUid, Peer = peer.Address.AeTitle }, default);
        await archive.EventuallyAsync(job.Id, JobState.Done);
        Assert.Single(peer.Requests);

        Assert.Equal(JobRefusal.NothingSelected, await RefusalAsync(new JobRequest(kind) { StudyInstanceUid = "1.2.3.4", Peer = peer.Address.AeTitle }));
        Assert.Equal(JobRefusal.Invalid, await RefusalAsync(new JobRequest(kind) { SopInstanceUid = study[0].SopInstanceUid, Peer = peer.Address.AeTitle }));
        await worker.StopAsync();
    }

    private async Task<JobRefusal> RefusalAsync(JobRequest request) => (await Assert.ThrowsAsync<JobRefusedException>(() => archive.Jobs.CreateAsync(request, default))).Refusal;

    private async Task<RecordingScp> SubscriberAsync()
    {
        // Those of other tests are gone, and would only be waited for.
        foreach (var peer in await archive.Peers.ListAsync(default)) await archive.Peers.RemoveAsync(peer.AeTitle, default);
        var subscriber = new RecordingScp(Uids.BasicStudyContentNotification);
        await archive.Peers.PutAsync(new(subscriber.Address.AeTitle, subscriber.Address.Host, subscriber.Address.Port) { Notifications = [PeerNotification.StudyContent] }, default);
        return subscriber;
    }

    private async Task EndAsync(RecordingScp subscriber, JobState state)
    {
        Job? job = null;
        await Pacs.TestKit.Eventually.TrueAsync(async () =>
            (job = (await archive.Jobs.ListAsync(new JobFilter { Kind = StudyContents.ContentJobKind, Peer = subscriber.Address.AeTitle }, default)).SingleOrDefault()) is not null, what: "there is a job");
        await archive.EventuallyAsync(job!.Id, state);
    }
}
