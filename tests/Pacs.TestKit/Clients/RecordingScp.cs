using System.Collections.Concurrent;
using System.Net;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.TestKit.Processes;

namespace Pacs.TestKit.Clients;

/// <summary>A peer of one SOP class that keeps what it is told, and can go away and come back.</summary>
public sealed class RecordingScp : IDimseService, IDisposable
{
    private readonly string _aeTitle;
    private readonly int _port = FreePort.Next();
    private AssociationListener? _listener;

    /// <param name="sopClassUid">That it takes requests of, in either role of the requestor.</param>
    /// <param name="aeTitle">Any when null.</param>
    public RecordingScp(string sopClassUid, string? aeTitle = null)
    {
        _aeTitle = aeTitle ?? $"R{Random.Shared.Next():X}";
        Contexts = [new ServiceContext(sopClassUid, [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian]) { RequestorMayBeScp = true }];
        Start();
    }

    public IReadOnlyList<ServiceContext> Contexts { get; }
    public DicomAddress Address => new(_aeTitle, _port);
    public Func<CommandSet, DimseStatus> Answer { get; set; } = _ => DimseStatus.Success;
    public ConcurrentQueue<RecordedRequest> Requests { get; } = [];

    public void Start()
    {
        _listener = new AssociationListener(new AssociationListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, _port) }, [this]);
        _listener.Start();
    }

    public void Stop() => _listener?.Dispose();

    public void Handle(DimseRequest request)
    {
        var dataset = request.ReadDataset(64 * 1024 * 1024);
        Requests.Enqueue(new RecordedRequest(request.Association.CallingAeTitle, request.Command, dataset));
        request.Respond(Answer(request.Command));
    }

    public void Dispose() => Stop();
}
