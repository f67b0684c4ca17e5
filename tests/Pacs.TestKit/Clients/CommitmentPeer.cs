using System.Collections.Concurrent;
using System.Net;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.TestKit.Processes;

namespace Pacs.TestKit.Clients;

/// <summary>A peer that takes CT images and is asked for storage commitment; what it answers is up to the test.</summary>
public sealed class CommitmentPeer : IDimseService, IDisposable
{
    private readonly int _port = FreePort.Next();
    private AssociationListener? _listener;

    public CommitmentPeer()
    {
        Start();
        Address = new DicomAddress($"K{Random.Shared.Next():X}", _port);
    }

    public IReadOnlyList<ServiceContext> Contexts { get; } =
    [
        new(Uids.StorageCommitmentPushModel, [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian]),
        new(Uids.CTImageStorage, [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian]),
    ];

    public DicomAddress Address { get; }

    /// <summary>Of the N-ACTION. Default success.</summary>
    public Func<DimseStatus> Answer { get; set; } = () => DimseStatus.Success;

    /// <summary>The event information to report on the same association; null for none, the default.</summary>
    public Func<DicomDataset, DicomDataset?> Report { get; set; } = _ => null;

    /// <summary>Action information as it came.</summary>
    public ConcurrentQueue<DicomDataset> Requests { get; } = [];

    /// <summary>What was answered to reports.</summary>
    public ConcurrentQueue<DimseStatus> Answers { get; } = [];

    /// <summary>SOP Instance UIDs of what was stored, each time.</summary>
    public ConcurrentQueue<string> Stored { get; } = [];

    public void Start()
    {
        _listener = new AssociationListener(new AssociationListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, _port) }, [this]);
        _listener.Start();
    }

    public void Stop() => _listener?.Dispose();

    /// <summary>All that was asked for is committed, but for these.</summary>
    public static DicomDataset ReportOf(DicomDataset request, IReadOnlyDictionary<string, int>? failures = null)
    {
        var items = request.GetItems(Tags.ReferencedSOPSequence).Select(i => (Class: i.GetString(Tags.ReferencedSOPClassUID)!, Uid: i.GetString(Tags.ReferencedSOPInstanceUID)!)).ToList();
        var failed = items.Where(i => failures?.ContainsKey(i.Uid) == true).Select(i => CommitmentSamples.Item(i.Class, i.Uid).Set(Tags.FailureReason, (long)failures![i.Uid])).ToList();
        var committed = items.Where(i => failures?.ContainsKey(i.Uid) != true).Select(i => CommitmentSamples.Item(i.Class, i.Uid)).ToList();
        var report = new DicomDataset().Set(Tags.TransactionUID, request.GetString(Tags.TransactionUID)!);
        if (failed.Count > 0) report.Set(Tags.FailedSOPSequence, failed);
        return committed.Count > 0 ? report.Set(Tags.ReferencedSOPSequence, committed) : report;
    }

    public void Handle(DimseRequest request)
    {
        if (request.Command.Command == CommandField.CStoreRq)
        {
            Stored.Enqueue(request.Command.AffectedSopInstanceUid!);
            request.Respond(DimseStatus.Success);
            return;
        }
        var information = request.ReadDataset(64 * 1024 * 1024);
        Requests.Enqueue(information);
        var status = Answer();
        request.Respond(status);
        if (!status.IsSuccess || Report(information) is not { } report) return;
        var command = new CommandSet
        {
            Command = CommandField.NEventReportRq,
            AffectedSopClassUid = Uids.StorageCommitmentPushModel,
            AffectedSopInstanceUid = Uids.StorageCommitmentPushModelInstance,
            EventTypeId = (ushort)(report.Contains(Tags.FailedSOPSequence) ? 2 : 1),
        };
        request.Notify(command, report, response => Answers.Enqueue(response.Status));
    }

    public void Dispose() => Stop();
}
