using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Studies;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.ContentNotifications;

/// <summary>The retired Basic Study Content Notification.</summary>
public sealed class ContentNotificationScpTests(DimseFixture archive) : IClassFixture<DimseFixture>
{
    [Fact]
    public async Task Store_Descriptor_IsComparedWithTheIndexAndRecorded()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        archive.Store([.. study]);
        var other = SampleObjects.Ct(SampleOptions.Fresh());
        archive.Store(other);
        var descriptor = Descriptor(study[0].StudyInstanceUid,
            CommitmentSamples.Item(study[0].SopClassUid, study[0].SopInstanceUid), CommitmentSamples.Item(Uids.MRImageStorage, study[1].SopInstanceUid),
            CommitmentSamples.Item(other.SopClassUid, other.SopInstanceUid), CommitmentSamples.Item(study[0].SopClassUid, "1.2.3.4"));
        Assert.Equal(DimseStatus.Success, Store(descriptor).Status);

        var kept = (await archive.Get<ContentNotificationStore>().ListAsync(null, 10, default)).First(n => n.StudyInstanceUid == study[0].StudyInstanceUid);
        Assert.Equal(("TESTER", 4, 1, 2), (kept.Sender, kept.ObjectsListed, kept.ObjectsMissing, kept.ObjectsDifferent));
        // It is no object of the study.
        Assert.Equal(3, (await archive.Get<StudyCompletion>().FindAsync(study[0].StudyInstanceUid, default))!.Instances);
    }

    [Fact]
    public void Store_NoDescriptor_IsRefusedWithTheElement()
    {
        var other = Store(Descriptor("1.2.3").Set(Tags.SOPInstanceUID, "1.2.3.999"));
        Assert.Equal((DimseStatus.DatasetDoesNotMatchSopClass, Tags.SOPInstanceUID), (other.Status, other.OffendingElements.Single()));
        var nameless = Store(Descriptor("1.2.3").Set(Tags.StudyInstanceUID, ""));
        Assert.Equal((DimseStatus.DatasetDoesNotMatchSopClass, Tags.StudyInstanceUID), (nameless.Status, nameless.OffendingElements.Single()));
        var empty = Store(new DicomDataset().Set(Tags.StudyInstanceUID, "1.2.3"));
        Assert.Equal((DimseStatus.DatasetDoesNotMatchSopClass, Tags.ReferencedSeriesSequence), (empty.Status, empty.OffendingElements.Single()));
    }

    [Fact]
    public void Store_Unreadable_IsAnsweredC000()
    {
        using var association = Associate();
        var torn = new MemoryStream([8, 0, 0x18, 0, (byte)'U', (byte)'I', 200, 0]);
        var response = association.Store(new StoreOperation(association.Info.Contexts[0], Uids.BasicStudyContentNotification, "1.2.3", torn));
        Assert.Equal(DimseStatus.CannotUnderstand, response.Status);
    }

    private CommandSet Store(DicomDataset descriptor)
    {
        using var association = Associate();
        var request = CommandSet.StoreRequest(Uids.BasicStudyContentNotification, "1.2.3.5");
        return association.Send(association.Info.Contexts[0], request, descriptor).Single().Command;
    }

    private ClientAssociation Associate() => archive.Connect(new ProposedContext(Uids.BasicStudyContentNotification, TransferSyntaxRegistry.ExplicitVrLittleEndian.Uid));

    private static DicomDataset Descriptor(string study, params IReadOnlyList<DicomDataset> images) => new DicomDataset()
        .Set(Tags.SOPClassUID, Uids.BasicStudyContentNotification)
        .Set(Tags.SOPInstanceUID, "1.2.3.5")
        .Set(Tags.StudyInstanceUID, study)
        .Set(Tags.ReferencedSeriesSequence, new DicomDataset().Set(Tags.SeriesInstanceUID, Uid.Generate()).Set(Tags.ReferencedImageSequence, images));
}
