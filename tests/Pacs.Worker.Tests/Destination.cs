using System.Collections.Concurrent;
using System.Net;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Processes;

namespace Pacs.Worker.Tests;

/// <summary>A peer whose answers the test decides, and that can go away and come back.</summary>
internal sealed class Destination : IDimseService, IAssociationPolicy, IDisposable
{
    private readonly string _aeTitle = $"D{Random.Shared.Next():X}";
    private readonly Lock _lock = new();
    private readonly int _port = FreePort.Next();
    private int _open;
    private AssociationListener _listener = null!;

    public Destination(params string[] sopClasses)
    {
        var classes = sopClasses.Length > 0 ? sopClasses : [Uids.Verification, .. SopClassRegistry.Storage.Select(c => c.Uid)];
        Contexts = [.. classes.Select(c => new ServiceContext(c, [.. TransferSyntaxRegistry.All.Select(t => t.Uid)]))];
        Start();
    }

    public IReadOnlyList<ServiceContext> Contexts { get; }
    public DicomAddress Address => new(_aeTitle, _port);
    public Func<string, DimseStatus> Answer { get; set; } = _ => DimseStatus.Success;

    /// <summary>It takes no association now.</summary>
    public bool IsCongested { get; set; }

    /// <summary>It goes by another name.</summary>
    public bool IsRenamed { get; set; }

    public ConcurrentQueue<string> Received { get; } = [];

    /// <summary>Associations asked for.</summary>
    public int Associations { get; private set; }

    /// <summary>Associations at a time, at most.</summary>
    public int MostAtATime { get; private set; }

    public void Start()
    {
        _listener = new AssociationListener(new AssociationListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, _port) }, [this], this);
        _listener.Start();
    }

    public DicomAddress Stop()
    {
        _listener.Dispose();
        return Address;
    }

    public AssociationDecision Decide(AssociationRequest request)
    {
        lock (_lock)
        {
            Associations++;
            if (IsCongested) return AssociationDecision.Reject(Rejection.TemporaryCongestion);
            if (IsRenamed) return AssociationDecision.Reject(Rejection.CalledAeTitleNotRecognized);
            MostAtATime = Math.Max(MostAtATime, ++_open);
            return new AssociationDecision { Lease = new Place(this) };
        }
    }

    public void Handle(DimseRequest request)
    {
        if (request.Command.AffectedSopInstanceUid is not { } uid)
        {
            request.Respond(DimseStatus.Success);
            return;
        }
        Received.Enqueue(uid);
        request.Respond(Answer(uid));
    }

    public void Dispose() => _listener.Dispose();

    private sealed class Place(Destination destination) : IDisposable
    {
        public void Dispose()
        {
            lock (destination._lock) destination._open--;
        }
    }
}
