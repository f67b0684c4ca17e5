using Pacs.Dicom.Net;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Sending;

/// <summary>
/// Sends instances to a peer over one association, opened for the first of them with the contexts of all that are
/// expected; a further one only when more than 128 contexts are needed, or the one before ended. Synchronous, one thread.
/// </summary>
/// <param name="sender">Sends each.</param>
/// <param name="connector">How peers are called.</param>
/// <param name="peer">To whom.</param>
/// <param name="expected">What will be sent, in order: decides what is proposed.</param>
/// <param name="cancellation">Closes the connection at any time.</param>
public sealed class OutboundAssociation(InstanceSender sender, PeerConnector connector, Peer peer, IEnumerable<ObjectKind> expected, CancellationToken cancellation) : IDisposable
{
    /// <summary>Identifiers are odd numbers to 255 (PS3.8 §9.3.2.2).</summary>
    private const int MaxContexts = 128;

    private readonly OutboundContexts _contexts = new(peer.Rules);
    private readonly List<ObjectKind> _expected = [.. expected.Distinct()];
    private readonly HashSet<ObjectKind> _proposed = [];
    private readonly PeerThrottle _throttle = connector.Throttle(peer);
    private ClientAssociation? _association;
    private int _sent;

    /// <summary>An association was opened at least once: a failure since then is one of an association that broke.</summary>
    public bool WasOpen { get; private set; }

    /// <summary>The last failure was that the peer cannot be reached.</summary>
    public bool IsPeerAway { get; private set; }

    /// <exception cref="AssociationException">The association could not be opened, or ended: whether the peer has the object is not known. The next call opens another.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public SendResult Send(StoredInstance instance, SendOptions request)
    {
        var kind = ObjectKind.Of(instance);
        // An object that cannot be read to its end takes its association with it.
        if (_association is not { IsEstablished: true } || !_proposed.Contains(kind) || (peer.Outbound.ObjectsPerAssociation is > 0 and var limit && _sent >= limit))
        {
            if (_contexts.Of(kind).Count == 0) return new SendResult(SendOutcome.Refused, null, $"Rules of {peer.AeTitle} bar {kind}");
            Open(kind);
        }
        try
        {
            _sent++;
            return sender.Send(_association!, instance, _throttle.IsLimited ? request with { Throttle = _throttle } : request);
        }
        catch (Exception e) when (e is AssociationException or OperationCanceledException)
        {
            Close();
            throw;
        }
    }

    /// <summary>Ends the association in order.</summary>
    public void Dispose() => Close();

    private void Open(ObjectKind first)
    {
        Close();
        try
        {
            _association = ClientAssociation.Connect(connector.Options(peer, Propose(first)), cancellation);
        }
        catch (AssociationException e)
        {
            IsPeerAway = PeerConnector.IsAway(e);
            throw;
        }
        IsPeerAway = false;
        WasOpen = true;
    }

    /// <summary>Kinds come in the order of the objects: those before this one have been sent for the most part.</summary>
    private List<ProposedContext> Propose(ObjectKind first)
    {
        var contexts = new Dictionary<string, ProposedContext>();
        var from = Math.Max(0, _expected.IndexOf(first));
        foreach (var kind in new[] { first }.Concat(_expected.Skip(from)).Concat(_expected.Take(from)))
        {
            var wanted = _contexts.Of(kind);
            var added = wanted.Select(c => (Key: $"{c.AbstractSyntax} {string.Join(' ', c.TransferSyntaxes)}", Context: c)).Where(c => !contexts.ContainsKey(c.Key)).ToList();
            if (wanted.Count == 0 || contexts.Count + added.Count > MaxContexts) continue;
            foreach (var (key, context) in added) contexts.Add(key, context);
            _proposed.Add(kind);
        }
        return [.. contexts.Values];
    }

    private void Close()
    {
        _association?.Dispose();
        _association = null;
        _proposed.Clear();
        _sent = 0;
    }
}
