using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Access;
using Pacs.Storage.Studies;

namespace Pacs.Dimse.ContentNotifications;

/// <summary>
/// Basic Study Content Notification SCP (retired; PS3.4-2004 Annex D): a Basic Study Descriptor comes by C-STORE. It is no
/// object to keep: what it lists is compared with the index, and the result recorded.
/// </summary>
internal sealed class ContentNotificationScp(ContentNotificationStore notifications, ILogger<ContentNotificationScp> logger) : IDimseService
{
    /// <summary>Bytes of a descriptor: enough for 50,000 objects.</summary>
    private const int MaxLength = 16 * 1024 * 1024;

    public string Name => nameof(DimseServiceKind.ContentNotification);

    public IReadOnlyList<ServiceContext> Contexts { get; } = [new ServiceContext(Uids.BasicStudyContentNotification, IdentifierSyntaxes.Uids)];

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command != CommandField.CStoreRq)
        {
            request.Respond(DimseStatus.UnrecognizedOperation);
            return;
        }
        var (status, comment, offending) = Take(request);
        if (!status.IsSuccess) logger.Refused(request.Association.Id, request.Association.CallingAeTitle, status, comment ?? "");
        var response = request.Command.Response(status);
        response.ErrorComment = comment;
        response.OffendingElements = offending is { } tag ? [tag] : [];
        request.Respond(response);
    }

    private (DimseStatus Status, string? Comment, Tag? Offending) Take(DimseRequest request)
    {
        try
        {
            if (request.Command.AffectedSopClassUid != Uids.BasicStudyContentNotification) return (DimseStatus.SopClassNotSupported, "Affected SOP Class is another", null);
            var descriptor = request.ReadDataset(MaxLength);
            if (Mismatch(descriptor, request.Command) is { } tag) return (DimseStatus.DatasetDoesNotMatchSopClass, "No Basic Study Descriptor, or another than the command says", tag);
            var study = descriptor.GetString(Tags.StudyInstanceUID)!;
            var kept = notifications.AddAsync(request.Association.CallingAeTitle, study, [.. Objects(descriptor)], CancellationToken.None).GetAwaiter().GetResult();
            logger.Notified(request.Association.Id, kept.Sender, kept.ObjectsListed, study, kept.ObjectsMissing, kept.ObjectsDifferent);
            return (DimseStatus.Success, null, null);
        }
        catch (DicomFormatException e)
        {
            return (DimseStatus.CannotUnderstand, e.Message, null);
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            return (DimseStatus.OutOfResources, "The index is not available", null);
        }
    }

    /// <summary>The attribute that is missing or says otherwise.</summary>
    private static Tag? Mismatch(DicomDataset descriptor, CommandSet command)
    {
        if (descriptor.GetString(Tags.SOPClassUID) is { } sopClass && sopClass != command.AffectedSopClassUid) return Tags.SOPClassUID;
        if (descriptor.GetString(Tags.SOPInstanceUID) is { } instance && instance != command.AffectedSopInstanceUid) return Tags.SOPInstanceUID;
        if (descriptor.GetString(Tags.StudyInstanceUID) is not { } study || !Uid.IsAcceptable(study)) return Tags.StudyInstanceUID;
        return descriptor.GetItems(Tags.ReferencedSeriesSequence).Count == 0 ? Tags.ReferencedSeriesSequence : null;
    }

    // The descriptor has Referenced Image Sequence; what replaced it in other services is taken, too.
    private static IEnumerable<(string, string)> Objects(DicomDataset descriptor) =>
        from series in descriptor.GetItems(Tags.ReferencedSeriesSequence)
        from item in series.GetItems(Tags.ReferencedImageSequence).Concat(series.GetItems(Tags.ReferencedSOPSequence))
        let instance = item.GetString(Tags.ReferencedSOPInstanceUID)
        where instance is not null && Uid.IsAcceptable(instance)
        select (item.GetString(Tags.ReferencedSOPClassUID) ?? "", instance);
}
