using Pacs.Dicom.Net;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Sending;

/// <summary>
/// Sends instances to a peer over one association, opened for the first of them with the contexts of all that are
/// expected; a further one only when more than 128 contexts are needed, or the one before ended. Synchronous, one thread.
/// </summary>
/// <param name="sender">Sends each.</param>
/// <param name="peer">To whom.</param>
/// <param name="expected">What will be sent, in order: decides what is proposed.</param>
/// <param name="options">Own AE title and times.</param>
/// <param name="cancellation">Closes the connection at any time.</param>
public sealed class OutboundAssociation(InstanceSender sender, Peer peer, IEnumerable<ObjectKind> expected, DimseOptions options, CancellationToken cancellation) : IDisposable
{
    /// <summary>Identifiers are odd numbers to 255 (PS3.8 §9.3.2.2).</summary>
    private const int MaxContexts = 128;

    private readonly List<ObjectKind> _expected = [.. expected.Distinct()];
    private readonly HashSet<(string, string)> _proposed = [];
    private ClientAssociation? _association;

    /// <exception cref="AssociationException">The association could not be opened, or ended: whether the peer has the object is not known. The next call opens another.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public SendResult Send(StoredInstance instance, SendOptions request)
    {
        var kind = ObjectKind.Of(instance);
        if (_association is null || !kind.Contexts.All(_proposed.Contains)) Open(kind);
        try
        {
            return sender.Send(_association!, instance, request);
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
        // Kinds come in the order of the objects: those before this one have been sent for the most part.
        var from = Math.Max(0, _expected.IndexOf(first));
        foreach (var kind in new[] { first }.Concat(_expected.Skip(from)).Concat(_expected.Take(from)))
        {
            var added = kind.Contexts.Where(c => !_proposed.Contains(c)).ToList();
            if (_proposed.Count + added.Count <= MaxContexts) _proposed.UnionWith(added);
        }
        _association = ClientAssociation.Connect(
            new ClientAssociationOptions
            {
                Host = peer.Host,
                Port = peer.Port,
                CalledAeTitle = peer.AeTitle,
                CallingAeTitle = options.AeTitle,
                Contexts = [.. _proposed.Select(c => new ProposedContext(c.Item1, c.Item2))],
                ConnectTimeout = TimeSpan.FromSeconds(options.ConnectTimeoutSeconds),
                NetworkTimeout = TimeSpan.FromSeconds(options.NetworkTimeoutSeconds),
            },
            cancellation);
    }

    private void Close()
    {
        _association?.Dispose();
        _association = null;
        _proposed.Clear();
    }
}
