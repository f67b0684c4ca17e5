using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Storage.Jobs;
using Pacs.Storage.Model;
using Pacs.Storage.Peers;
using Pacs.Storage.Studies;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Studies;

/// <summary>Peers that asked for it are told of complete studies.</summary>
public sealed class AvailabilityJobTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Notify_StudyQuiet_SubscribersAreToldOnceByWhicheverWorker()
    {
        using var subscriber = await SubscriberAsync();
        using var other = new RecordingScp(Uids.InstanceAvailabilityNotification);
        await archive.Peers.PutAsync(new(other.Address.AeTitle, other.Address.Host, other.Address.Port), default);
        using var first = await archive.StartWorkerAsync(("Pacs:Studies:QuietSeconds", "1"));
        using var second = await archive.StartWorkerAsync(("Pacs:Studies:QuietSeconds", "1"));
        var study = Stored();

        var job = await EventuallyAsync(study, JobState.Done, subscriber);
        Assert.Equal(1, job.ObjectsTotal);
        var told = Assert.Single(subscriber.Requests, r => r.Dataset.GetString(Tags.StudyInstanceUID) == study[0].StudyInstanceUid);
        Assert.Equal((CommandField.NCreateRq, Uids.InstanceAvailabilityNotification), (told.Command.Command, told.Command.AffectedSopClassUid));
        AssertIs(study, told.Dataset);
        Assert.Empty(other.Requests);
        await first.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task Notify_PerformedStepKnown_IsReferenced()
    {
        using var subscriber = await SubscriberAsync();
        using var worker = await archive.StartWorkerAsync();
        var step = new DicomDataset().Set(Tags.ReferencedSOPClassUID, Uids.ModalityPerformedProcedureStep).Set(Tags.ReferencedSOPInstanceUID, "1.2.3.4");
        SampleObject[] study = [SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Set(Tags.ReferencedPerformedProcedureStepSequence, step) })];
        archive.Store(study);
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.ProcedureStep, default);

        await EventuallyAsync(study, JobState.Done, subscriber);
        var item = Assert.Single(Assert.Single(subscriber.Requests).Dataset.GetItems(Tags.ReferencedPerformedProcedureStepSequence));
        Assert.Equal("1.2.3.4", item.GetString(Tags.ReferencedSOPInstanceUID));
        Assert.True(item.Contains(Tags.PerformedWorkitemCodeSequence));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Notify_FileIsAtAnArchiveBehind_SaysNearline()
    {
        using var subscriber = await SubscriberAsync();
        using var worker = await archive.StartWorkerAsync();
        var study = Stored();
        archive.Postgres.Query(
            $"""
            INSERT INTO remote_blobs (blob_key, sop_instance_uid, study_instance_uid, series_instance_uid, transfer_syntax_uid, blob_length, dataset_crc, file_header)
            SELECT blob_key, sop_instance_uid, '{study[0].StudyInstanceUid}', '{study[0].SeriesInstanceUid}', transfer_syntax_uid, blob_length, dataset_crc, ''
            FROM instances WHERE sop_instance_uid = '{study[0].SopInstanceUid}'
            """);
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);

        await EventuallyAsync(study, JobState.Done, subscriber);
        var told = Assert.Single(subscriber.Requests).Dataset.GetItems(Tags.ReferencedSeriesSequence).SelectMany(s => s.GetItems(Tags.ReferencedSOPSequence));
        Assert.Equal(study.ToDictionary(o => o.SopInstanceUid, o => o == study[0] ? "NEARLINE" : "ONLINE"),
            told.ToDictionary(i => i.GetString(Tags.ReferencedSOPInstanceUID)!, i => i.GetString(Tags.InstanceAvailability)!));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Notify_SubscriberDownAndBusy_IsToldInTheEnd()
    {
        using var subscriber = await SubscriberAsync();
        subscriber.Answer = _ => subscriber.Requests.Count == 1 ? DimseStatus.ResourceLimitation : DimseStatus.Success;
        subscriber.Stop();
        using var worker = await archive.StartWorkerAsync();
        var study = Stored();
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);
        await EventuallyAsync(study, JobState.Waiting, subscriber);
        subscriber.Start();
        await EventuallyAsync(study, JobState.Done, subscriber);
        // The same notification, by its UID.
        Assert.Single(subscriber.Requests.Select(r => r.Command.AffectedSopInstanceUid).Distinct());
        Assert.Equal(2, subscriber.Requests.Count);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Notify_LargeStudy_IsToldInParts()
    {
        using var subscriber = await SubscriberAsync();
        using var worker = await archive.StartWorkerAsync();
        var study = SampleObjects.Study(1, 1, SampleOptions.Fresh());
        archive.Store(study);
        archive.Postgres.Query($"""
            INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, content_date, content_time, blob_key, blob_length, dataset_offset, dataset_crc, is_lossy, protocol, calling_ae_title, remote_address, received_at)
            SELECT series_key, sop_instance_uid || '.' || n, sop_class_uid, transfer_syntax_uid, '', '', blob_key, blob_length, dataset_offset, dataset_crc, false, '', '', '', now()
            FROM instances, generate_series(1, {StudyContents.PartSize}) n WHERE sop_instance_uid = '{study[0].SopInstanceUid}';
            UPDATE studies SET instance_count = {StudyContents.PartSize + 1}, version = version + 1 WHERE study_instance_uid = '{study[0].StudyInstanceUid}'
            """);
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);
        var job = await EventuallyAsync(study, JobState.Done, subscriber);
        Assert.Equal(2, job.ObjectsTotal);
        var parts = subscriber.Requests.Select(r => r.Dataset.GetItems(Tags.ReferencedSeriesSequence).SelectMany(s => s.GetItems(Tags.ReferencedSOPSequence)).Select(i => i.GetString(Tags.ReferencedSOPInstanceUID)).ToList()).ToList();
        Assert.Equal([StudyContents.PartSize, 1], parts.Select(p => p.Count));
        Assert.Equal(StudyContents.PartSize + 1, parts.SelectMany(p => p).Distinct().Count());
        await worker.StopAsync();
    }

    [Theory]
    [InlineData(0x0111, JobState.Done)]
    [InlineData(0x0122, JobState.Failed)]
    public async Task Notify_SubscriberRefuses_EndsWithItsStatus(int status, JobState expected)
    {
        using var subscriber = await SubscriberAsync();
        subscriber.Answer = _ => new DimseStatus((ushort)status);
        using var worker = await archive.StartWorkerAsync();
        var study = Stored();
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);
        var job = await EventuallyAsync(study, expected, subscriber);
        Assert.Equal(status, Assert.Single(await archive.Jobs.ListObjectsAsync(job.Id, null, 0, 10, default)).Status);
        Assert.Single(subscriber.Requests);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Notify_SubscriberTakesNoSuchContext_Fails()
    {
        using var subscriber = new RecordingScp(Uids.Verification);
        await SubscribeAsync(subscriber);
        using var worker = await archive.StartWorkerAsync();
        var study = Stored();
        await archive.Studies.CloseAsync(study[0].StudyInstanceUid, CompletionReason.Request, default);
        Assert.Contains("no Instance Availability Notification context", (await EventuallyAsync(study, JobState.Failed, subscriber)).Message, StringComparison.Ordinal);
        await worker.StopAsync();
    }

    private static void AssertIs(IReadOnlyList<SampleObject> study, DicomDataset notification)
    {
        Assert.Empty(notification.GetItems(Tags.ReferencedPerformedProcedureStepSequence));
        Assert.True(notification.Contains(Tags.ReferencedPerformedProcedureStepSequence));
        var told = notification.GetItems(Tags.ReferencedSeriesSequence)
            .SelectMany(s => s.GetItems(Tags.ReferencedSOPSequence).Select(i => (
                Series: s.GetString(Tags.SeriesInstanceUID), Class: i.GetString(Tags.ReferencedSOPClassUID), Uid: i.GetString(Tags.ReferencedSOPInstanceUID),
                Availability: i.GetString(Tags.InstanceAvailability), From: i.GetString(Tags.RetrieveAETitle)))).ToHashSet();
        Assert.Equal(study.Select(o => ((string?)o.SeriesInstanceUid, (string?)o.SopClassUid, (string?)o.SopInstanceUid, (string?)"ONLINE", (string?)"PACS")).ToHashSet(), told);
    }

    private IReadOnlyList<SampleObject> Stored()
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        archive.Store(study);
        return study;
    }

    private async Task<RecordingScp> SubscriberAsync()
    {
        var subscriber = new RecordingScp(Uids.InstanceAvailabilityNotification);
        await SubscribeAsync(subscriber);
        return subscriber;
    }

    private async Task SubscribeAsync(RecordingScp subscriber)
    {
        // Those of other tests are gone, and would only be waited for.
        foreach (var peer in await archive.Peers.ListAsync(default)) await archive.Peers.RemoveAsync(peer.AeTitle, default);
        var address = subscriber.Address;
        await archive.Peers.PutAsync(new(address.AeTitle, address.Host, address.Port) { Notifications = [PeerNotification.InstanceAvailability] }, default);
    }

    private async Task<Job> EventuallyAsync(IReadOnlyList<SampleObject> study, JobState state, RecordingScp subscriber)
    {
        Job? job = null;
        await Eventually.TrueAsync(async () =>
        {
            var jobs = await archive.Jobs.ListAsync(new JobFilter { Kind = StudyContents.JobKind, Peer = subscriber.Address.AeTitle }, default);
            job = jobs.SingleOrDefault(j => j.StudyInstanceUid == study[0].StudyInstanceUid);
            return job?.State == state;
        });
        return job!;
    }
}
