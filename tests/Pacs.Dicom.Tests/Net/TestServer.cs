using System.Net;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;

namespace Pacs.Dicom.Tests.Net;

/// <summary>A listener on a free port of this machine, with a <see cref="TestService"/>.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly AssociationListener _listener;

    public TestServer(TestService? service = null, AssociationListenerOptions? options = null, IAssociationPolicy? policy = null, ILogger<AssociationListener>? logger = null)
    {
        Service = service ?? new TestService();
        _listener = new AssociationListener((options ?? new()) with { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) }, [Service], policy, logger);
        _listener.Start();
    }

    public TestService Service { get; }
    public AssociationListener Listener => _listener;
    public DicomAddress Address => new("ANY", _listener.LocalEndPoint.Port);

    public ScriptedPeer Connect() => ScriptedPeer.Connect(_listener.LocalEndPoint);

    public ClientAssociation Associate(params IReadOnlyList<ProposedContext> contexts) => ClientAssociation.Connect(Options(contexts));

    public ClientAssociationOptions Options(params IReadOnlyList<ProposedContext> contexts) => new()
    {
        Host = "127.0.0.1",
        Port = _listener.LocalEndPoint.Port,
        CalledAeTitle = "ANY",
        CallingAeTitle = "CLIENT",
        Contexts = contexts.Count > 0 ? contexts : [new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian)],
    };

    /// <summary>It still serves, and nothing of earlier associations is left.</summary>
    public async Task ExpectSoundAsync()
    {
        using (var client = Associate()) Assert.True(client.Echo().IsSuccess);
        await Eventually.TrueAsync(() => _listener.ActiveAssociations == 0);
    }

    public void Dispose() => _listener.Dispose();
}
