using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>
/// An association that this side asked for. Synchronous; one thread at a time. One request at a time: the enumeration of
/// responses is run to its end, or disposed, which cancels what is left.
/// </summary>
public sealed class ClientAssociation : IStoreDestination, IDisposable
{
    /// <summary>Bytes of an identifier that a peer responds with.</summary>
    private const int MaxIdentifierLength = 16 * 1024 * 1024;

    private readonly Association _association;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private readonly Lock _requesting = new();
    private (PresentationContext Context, ushort MessageId)? _request;
    private bool _isRequestOpen;
    private string _outcome = "aborted";
    private bool _isDisposed;

    private ClientAssociation(Association association, CancellationToken cancellation)
    {
        _association = association;
        _cancellation = cancellation;
        _registration = cancellation.UnsafeRegister(static a => ((Association)a!).Cut(), association);
        DicomTelemetry.AssociationOpened(isRequestor: true);
    }

    public AssociationInfo Info => _association.Info;

    /// <summary>Requests can be sent. That the peer has gone shows with the next one only.</summary>
    public bool IsEstablished => _association.IsEstablished;

    /// <summary>Connects and negotiates.</summary>
    /// <param name="options">With whom, for what.</param>
    /// <param name="cancellation">Closes the connection at any time of the association's life; what waits then throws <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="AssociationRejectedException">The peer says no.</exception>
    /// <exception cref="AssociationException">No connection, no answer, or not a DICOM peer.</exception>
    public static ClientAssociation Connect(ClientAssociationOptions options, CancellationToken cancellation = default)
    {
        var request = Request(options);
        Transport transport;
        try
        {
            transport = Transport.Connect(options.Host, options.Port, options.ConnectTimeout, cancellation);
        }
        catch (SocketException e)
        {
            throw new AssociationClosedException($"No connection to {options.Host}:{options.Port}: {Reason(e.SocketErrorCode)}", e);
        }

        var client = new ClientAssociation(new Association(transport, options, isRequestor: true), cancellation);
        try
        {
            client.Guarded(() => client.Negotiate(options, request));
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>C-ECHO (PS3.7 §9.1.5).</summary>
    /// <exception cref="InvalidOperationException">No verification context was accepted.</exception>
    public DimseStatus Echo() => Send(ContextFor(Uids.Verification), CommandSet.EchoRequest(), null).Last().Status;

    /// <summary>Accepted contexts in which this side may send requests of the class; empty when there is none.</summary>
    public IReadOnlyList<PresentationContext> FindContexts(string sopClassUid) => _association.FindContexts(sopClassUid);

    /// <summary>C-STORE (PS3.7 §9.1.1), streamed. A stream that fails aborts the association and throws its own exception.</summary>
    public CommandSet Store(StoreOperation operation) => Guarded(() =>
    {
        EnsureNoRequest();
        var messageId = _association.NextMessageId();
        _association.SendStore(operation, messageId);
        var message = _association.ReadResponse();
        return message.Command.IsResponse && message.Command.MessageIdBeingRespondedTo == messageId ? message.Command : throw _association.Unexpected(message);
    });

    /// <summary>C-FIND (PS3.7 §9.1.2): pending responses with their identifiers as they come, then the final one.</summary>
    public IEnumerable<DimseResponse> Find(string sopClassUid, DicomDataset identifier) =>
        Send(ContextFor(sopClassUid), CommandSet.FindRequest(sopClassUid), identifier);

    /// <summary>C-MOVE (PS3.7 §9.1.4): pending responses, then the final one.</summary>
    /// <param name="sopClassUid">Of an accepted context.</param>
    /// <param name="destination">AE title.</param>
    /// <param name="identifier">What to move.</param>
    /// <param name="messageId">By which the destination tells whose objects they are (Move Originator Message ID); 0 for the next one.</param>
    public IEnumerable<DimseResponse> Move(string sopClassUid, string destination, DicomDataset identifier, ushort messageId = 0)
    {
        var request = CommandSet.MoveRequest(sopClassUid, destination);
        request.MessageId = messageId;
        return Send(ContextFor(sopClassUid), request, identifier);
    }

    /// <summary>C-GET (PS3.7 §9.1.3): pending responses, then the final one; each object goes to the service meanwhile.</summary>
    public IEnumerable<DimseResponse> Get(string sopClassUid, DicomDataset identifier, IDimseService store) =>
        Send(ContextFor(sopClassUid), CommandSet.GetRequest(sopClassUid), identifier, store);

    /// <summary>Sends a request of any kind and returns its responses as they come, the final one last.</summary>
    /// <param name="context">An accepted context.</param>
    /// <param name="request">Data set type is set here, and the message identifier where it has none.</param>
    /// <param name="dataset">Encoded in the context's transfer syntax; null for none.</param>
    /// <param name="incoming">Performs requests that the peer sends meanwhile; none are taken when null.</param>
    public IEnumerable<DimseResponse> Send(PresentationContext context, CommandSet request, DicomDataset? dataset, IDimseService? incoming = null)
    {
        EnsureNoRequest();
        if (request.MessageId == 0) request.MessageId = _association.NextMessageId();
        _isRequestOpen = true;
        Guarded(() =>
        {
            _association.Write(context, request, dataset);
            _association.Flush();
        });
        lock (_requesting) _request = (context, request.MessageId);
        try
        {
            while (_isRequestOpen)
            {
                var response = Guarded(() => Receive(request.MessageId, incoming));
                _isRequestOpen = response.Status.IsPending;
                yield return response;
            }
        }
        finally
        {
            lock (_requesting) _request = null;
            if (_isRequestOpen && _association.IsEstablished) Guarded(() => Cancel(context, request.MessageId, incoming));
        }
    }

    /// <summary>
    /// From any thread: asks the peer to cancel the request whose responses are being read (C-CANCEL, PS3.7 §9.3.2.3). They go on to
    /// the final one. Does nothing when there is no such request. Never throws: where it cannot be sent, the reader finds the end.
    /// </summary>
    public void RequestCancel()
    {
        lock (_requesting)
        {
            if (_request is not var (context, messageId)) return;
            _request = null;
            try
            {
                _association.Write(context, CommandSet.CancelRequest(messageId), null);
                _association.Flush();
            }
            catch (AssociationException)
            {
                _association.Cut();
            }
        }
    }

    /// <summary>Waits for a request of the peer, the N-EVENT-REPORT that follows an N-ACTION for one, and has it performed.</summary>
    /// <exception cref="AssociationException">None came in time, or the association is over.</exception>
    public void Receive(IDimseService incoming)
    {
        EnsureNoRequest();
        Guarded(() =>
        {
            var message = _association.ReadResponse();
            if (message.Command.IsResponse || !_association.MayBeRequested(message)) throw _association.Unexpected(message);
            new DimseRequest(_association, message).PerformBy(incoming, NullLogger.Instance);
        });
    }

    /// <summary>As <see cref="Receive(IDimseService)"/>, for as long as told.</summary>
    /// <returns>False when nothing came; the association goes on.</returns>
    /// <exception cref="AssociationException">The association is over.</exception>
    public bool TryReceive(IDimseService incoming, TimeSpan timeout)
    {
        EnsureNoRequest();
        if (!Guarded(() => _association.WaitForInput(timeout))) return false;
        Receive(incoming);
        return true;
    }

    /// <summary>Ends the association in order.</summary>
    public void Release()
    {
        EnsureNoRequest();
        Guarded(_association.Release);
        _outcome = "released";
    }

    /// <summary>Ends the association at once.</summary>
    public void Abort()
    {
        _association.LiveOnThisThread();
        _association.Abort();
    }

    /// <summary>Releases if nothing is under way, otherwise aborts. Never throws.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        try
        {
            if (_association.IsEstablished && !_isRequestOpen && !_cancellation.IsCancellationRequested) Release();
            else Abort();
        }
        catch (Exception e) when (e is AssociationException or OperationCanceledException)
        {
            // The peer did not stay to the end of the release: nothing depends on it.
        }
        _registration.Dispose();
        _association.Dispose();
        DicomTelemetry.AssociationEnded(isRequestor: true, _outcome);
    }

    private static string Reason(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "nothing listens there (ConnectionRefused). Is the peer running, and is this its port?",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"no address is known for this name ({error}). Is it spelled right?",
        SocketError.TimedOut => "no answer in time (TimedOut). Is the machine on, and is there a firewall between?",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => $"no way leads there ({error}).",
        _ => $"{error}.",
    };

    private static AAssociateRq Request(ClientAssociationOptions options)
    {
        if (options.Contexts.Count is 0 or > 128) throw new ArgumentException("An association has 1 to 128 presentation contexts.", nameof(options));
        return new AAssociateRq
        {
            CalledAeTitle = options.CalledAeTitle,
            CallingAeTitle = options.CallingAeTitle,
            PresentationContexts = [.. options.Contexts.Select((c, i) => new PresentationContextProposal((byte)((2 * i) + 1), c.AbstractSyntax, c.TransferSyntaxes))],
            UserInformation = new UserInformation
            {
                MaxPduLength = (uint)options.MaxReceivePduLength,
                ImplementationClassUid = ImplementationIdentity.ClassUid,
                ImplementationVersionName = ImplementationIdentity.VersionName,
                RoleSelections = [.. options.Contexts.Where(c => c.AsScp || !c.AsScu).Select(c => new RoleSelection(c.AbstractSyntax, c.AsScu, c.AsScp)).Distinct()],
                ExtendedNegotiations = options.ExtendedNegotiations,
                UserIdentity = options.UserIdentity,
            },
        };
    }

    private void Negotiate(ClientAssociationOptions options, AAssociateRq request)
    {
        var response = _association.Request(request);
        _association.Requested(new AssociationInfo
        {
            Id = _association.Id,
            CallingAeTitle = options.CallingAeTitle,
            CalledAeTitle = options.CalledAeTitle,
            RemoteEndPoint = _association.RemoteEndPoint,
            Contexts = Negotiation.Read(request, response),
            Peer = response.UserInformation,
            MaxSendPduLength = options.MaxSendPduLength,
        });
    }

    private DimseResponse Receive(ushort messageId, IDimseService? incoming)
    {
        while (true)
        {
            var message = _association.ReadResponse();
            if (message.Command.IsResponse && message.Command.MessageIdBeingRespondedTo == messageId)
            {
                var dataset = message.Command.HasDataset ? new DimseRequest(_association, message).ReadDataset(MaxIdentifierLength) : null;
                return new DimseResponse(message.Command, dataset);
            }
            if (message.Command.IsResponse || incoming is null || !_association.MayBeRequested(message)) throw _association.Unexpected(message);
            new DimseRequest(_association, message).PerformBy(incoming, NullLogger.Instance);
        }
    }

    private void Cancel(PresentationContext context, ushort messageId, IDimseService? incoming)
    {
        _association.Write(context, CommandSet.CancelRequest(messageId), null);
        _association.Flush();
        while (Receive(messageId, incoming).Status.IsPending) { }
        _isRequestOpen = false;
    }

    private PresentationContext ContextFor(string sopClassUid) => FindContexts(sopClassUid) is [var first, ..] ? first
        : throw new InvalidOperationException($"The peer accepted no presentation context for {sopClassUid}.");

    private void EnsureNoRequest()
    {
        if (_isRequestOpen) throw new InvalidOperationException("The responses to the last request have not been read to their end.");
    }

    private void Guarded(Action action) => Guarded(() =>
    {
        action();
        return true;
    });

    /// <summary>What fails because of a cancellation is a cancellation.</summary>
    private T Guarded<T>(Func<T> action)
    {
        // A cancel may be sent by another thread meanwhile; the state is moved by this one.
        _association.LiveOnThisThread();
        try
        {
            return action();
        }
        catch (AssociationException) when (_cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(_cancellation);
        }
    }
}
