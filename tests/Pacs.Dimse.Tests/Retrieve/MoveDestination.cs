using System.Net;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Access;
using Pacs.Storage.Peers;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>A destination of our own that does what a test wants: remembers what was proposed and sent, answers, refuses, goes away.</summary>
internal sealed class MoveDestination : IDimseService, IAssociationPolicy, IDisposable
{
    private readonly AssociationListener _listener;
    private readonly List<AAssociateRq> _associations = [];
    private readonly List<(CommandSet Command, PresentationContext Context, byte[] Dataset)> _received = [];

    private MoveDestination(string aeTitle, IReadOnlyList<string>? syntaxes)
    {
        AeTitle = aeTitle;
        var taken = syntaxes ?? [.. TransferSyntaxRegistry.All.Select(t => t.Uid)];
        Contexts = [.. SopClassRegistry.Storage.Select(c => new ServiceContext(c.Uid, taken))];
        _listener = new AssociationListener(new AssociationListenerOptions { EndPoint = new(IPAddress.Loopback, 0) }, [this], this);
        _listener.Start();
    }

    public string AeTitle { get; }

    public int Port => _listener.LocalEndPoint.Port;

    public IReadOnlyList<ServiceContext> Contexts { get; }

    /// <summary>Answers an object; the number counts from 1 over all associations. Default success.</summary>
    public Func<DimseRequest, int, DimseStatus> OnObject { get; set; } = (_, _) => DimseStatus.Success;

    /// <summary>Decides on an association; the number counts from 1. Default accepts.</summary>
    public Func<int, Rejection?> OnAssociation { get; set; } = _ => null;

    /// <summary>Requests for associations, the refused ones too.</summary>
    public IReadOnlyList<AAssociateRq> Associations { get { lock (_associations) return [.. _associations]; } }

    /// <summary>Every C-STORE that arrived whole, answered or not.</summary>
    public IReadOnlyList<(CommandSet Command, PresentationContext Context, byte[] Dataset)> Received { get { lock (_received) return [.. _received]; } }

    /// <param name="server">Is told of it as a peer.</param>
    /// <param name="aeTitle">The destination's.</param>
    /// <param name="syntaxes">Transfer syntaxes that it takes; all when null.</param>
    /// <param name="rules">The server's for this peer.</param>
    public static async Task<MoveDestination> StartAsync(DimseFixture server, string aeTitle, IReadOnlyList<string>? syntaxes = null, AssociationRules? rules = null)
    {
        var destination = new MoveDestination(aeTitle, syntaxes);
        await server.Get<PeerStore>().PutAsync(new Peer(aeTitle, "127.0.0.1", destination.Port) { Rules = rules ?? new() }, default);
        return destination;
    }

    /// <summary>What a handler throws to close the connection under an object.</summary>
    public static AssociationException Gone => new AssociationClosedException("The destination goes away.");

    /// <summary>Ends the association by A-ABORT, provoked by an answer to what nobody asked.</summary>
    public static void Abort(DimseRequest request)
    {
        request.Respond(new CommandSet { Command = CommandField.CEchoRsp, MessageIdBeingRespondedTo = ushort.MaxValue, Status = DimseStatus.Success });
        throw Gone;
    }

    public AssociationDecision Decide(AssociationRequest request)
    {
        int number;
        lock (_associations)
        {
            _associations.Add(request.Pdu);
            number = _associations.Count;
        }
        return OnAssociation(number) is { } rejection ? AssociationDecision.Reject(rejection) : AssociationDecision.Accept;
    }

    public void Handle(DimseRequest request)
    {
        var bytes = new MemoryStream();
        while (request.ReadFragments(out var fragments))
            foreach (var fragment in fragments) bytes.Write(fragment.Span);
        int number;
        lock (_received)
        {
            _received.Add((request.Command, request.Context, bytes.ToArray()));
            number = _received.Count;
        }
        request.Respond(OnObject(request, number));
    }

    public void Dispose() => _listener.Dispose();
}
