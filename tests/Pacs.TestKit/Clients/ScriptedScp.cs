using System.Net;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Processes;

namespace Pacs.TestKit.Clients;

/// <summary>A peer on a real listener that does with each request what a test says, however wrong.</summary>
public sealed class ScriptedScp : IDimseService, IAssociationPolicy, IDisposable
{
    private readonly AssociationListener _listener;
    private readonly Action<DimseRequest> _handle;

    /// <param name="sopClassUids">Of which it takes requests.</param>
    /// <param name="handle">On the association's thread.</param>
    /// <param name="negotiate">Its answer to extended negotiation; none when null.</param>
    public ScriptedScp(IEnumerable<string> sopClassUids, Action<DimseRequest> handle, Func<byte[], byte[]>? negotiate = null)
    {
        (_handle, Negotiated) = (handle, negotiate);
        Contexts = [.. sopClassUids.Select(c => new ServiceContext(c, [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian]) { RequestorMayBeScp = true })];
        _listener = new AssociationListener(new AssociationListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) }, [this], this);
        _listener.Start();
        Address = new DicomAddress($"S{Random.Shared.Next():X}", _listener.LocalEndPoint.Port);
    }

    public DicomAddress Address { get; }

    public IReadOnlyList<ServiceContext> Contexts { get; }

    private Func<byte[], byte[]>? Negotiated { get; }

    public ReadOnlyMemory<byte>? Negotiate(Pacs.Dicom.UpperLayer.SopClassExtendedNegotiation proposed, object? profile) =>
        Negotiated?.Invoke(proposed.ApplicationInformation.ToArray());

    /// <summary>What it rejects every association with; null to take them.</summary>
    public Rejection? Rejection { get; set; }

    public AssociationDecision Decide(AssociationRequest request) => Rejection is { } rejection ? AssociationDecision.Reject(rejection) : new AssociationDecision();

    public void Handle(DimseRequest request) => _handle(request);

    public void Dispose() => _listener.Dispose();
}
