using System.Buffers;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Net;

/// <summary>
/// A request from the peer, to be performed by an <see cref="IDimseService"/>. Every member that touches the network throws
/// an <see cref="AssociationException"/> when the association is over: let it pass.
/// <para>One thread at a time performs it. Only responses may come from a second one meanwhile, once the data set has been
/// read: they go out as whole messages, in the order of the calls, and wait while another message is being sent. What that
/// second thread does has to have ended when <see cref="IDimseService.Handle"/>, or what it continued with, returns.</para>
/// </summary>
public sealed class DimseRequest : IStoreDestination
{
    /// <summary>Elements and items of a data set read whole: each costs more memory than it has bytes, and hardly any when deflated.</summary>
    private const int MaxElements = 500_000;

    private readonly Association _association;
    private Action? _rest;
    private bool _isDatasetRead;
    private bool _isBeside;
    private volatile bool _isCancelled;
    private DimseStatus? _finalStatus;

    internal DimseRequest(Association association, Message message)
    {
        _association = association;
        (Context, Command) = (message.Context, message.Command);
    }

    public AssociationInfo Association => _association.Info;
    public PresentationContext Context { get; }
    public CommandSet Command { get; }

    /// <summary>The server stops: end what you do in bounded time.</summary>
    public bool IsStopping => _association.IsStopRequested;

    /// <summary>
    /// The peer has asked to cancel this request, or to end the association. Looks at what has arrived and never waits;
    /// notices an abort or a lost connection too. Cheap, but a system call: ask per object or per some answers.
    /// </summary>
    public bool IsCancelRequested
    {
        get
        {
            if (_isBeside) return _isCancelled || _association.IsEnding;
            SkipDataset();
            if (_association.HasCancel(Command.MessageId)) _isCancelled = true;
            return _isCancelled;
        }
    }

    /// <summary>
    /// The next bytes of the data set, as received: every fragment of one receive buffer at once, so that they can be
    /// written with one call. They are valid until the next call of any member. False at the end of the data set.
    /// </summary>
    public bool ReadFragments(out IReadOnlyList<ReadOnlyMemory<byte>> fragments)
    {
        fragments = [];
        if (_isDatasetRead) return false;
        _isDatasetRead = !_association.ReadFragments(out fragments);
        return !_isDatasetRead;
    }

    /// <summary>The whole data set, with every value in it: for identifiers, not for objects.</summary>
    /// <param name="maxLength">Bytes, as they came and inflated; a longer one is refused.</param>
    /// <exception cref="DicomFormatException">Not a data set, or too long. The association can go on.</exception>
    public DicomDataset ReadDataset(int maxLength = 1024 * 1024)
    {
        var bytes = new ArrayBufferWriter<byte>();
        while (ReadFragments(out var fragments))
        {
            foreach (var fragment in fragments)
            {
                if (bytes.WrittenCount + fragment.Length > maxLength) throw new DicomFormatException($"The data set is longer than {maxLength} bytes.", maxLength);
                bytes.Write(fragment.Span);
            }
        }
        // A list of UIDs may be long: were it left out as bulk data, what was asked for one study would be answered with all.
        var limits = new DatasetLimits { MaxInlineValueLength = maxLength, MaxInflatedLength = maxLength, MaxElements = MaxElements };
        var dataset = DatasetReader.Read(bytes.WrittenSpan, Context.TransferSyntax, limits);
        // So may one that does not fit the 16 bits of its length, and therefore comes as UN (PS3.5 §6.2.2).
        foreach (var element in dataset.OfType<ValueElement>().Where(e => e.Vr == Vr.UN && DataElementDictionary.VrOf(e.Tag).IsText).ToList())
            dataset.Set(new ValueElement(element.Tag, DataElementDictionary.VrOf(element.Tag), element.Value));
        return dataset;
    }

    /// <summary>
    /// Sends a response made by <see cref="CommandSet.Response"/>. Pending ones that come fast are collected and sent
    /// together, a final one goes out at once with all before it; what is left of the data set is skipped for it. After a
    /// final one there are no more.
    /// </summary>
    /// <param name="response">Data set type is set here.</param>
    /// <param name="dataset">Identifier or attributes, encoded in the context's transfer syntax; null for none.</param>
    /// <exception cref="InvalidOperationException">The final response was sent already.</exception>
    public void Respond(CommandSet response, DicomDataset? dataset = null)
    {
        SkipDataset();
        lock (_association.Sending)
        {
            if (_finalStatus is not null) throw new InvalidOperationException("The final response was sent already.");
            if (!response.Status.IsPending) _association.Window?.End(this);
            _association.Write(Context, response, dataset);
            if (response.Status.IsPending) return;
            _finalStatus = response.Status;
            _association.Flush();
        }
    }

    /// <summary>A response with a status, and for a person up to 64 characters of comment.</summary>
    public void Respond(DimseStatus status, string? errorComment = null)
    {
        var response = Command.Response(status);
        response.ErrorComment = errorComment;
        Respond(response);
    }

    /// <summary>
    /// Goes on, when <see cref="IDimseService.Handle"/> has returned, with what needs nothing more of the data set. Where the
    /// peer negotiated several outstanding operations, that happens on another thread beside its next requests; else on the
    /// same one. Everything here is allowed in it, but to read the data set; responses of several requests may overtake each
    /// other. What it needs has to outlive <see cref="IDimseService.Handle"/>: no <c>using</c> around the call.
    /// </summary>
    public void Continue(Action rest)
    {
        if (_rest is not null) throw new InvalidOperationException("A request is continued once.");
        SkipDataset();
        _rest = rest;
    }

    /// <summary>Sends collected responses now: before work that takes long.</summary>
    public void Flush() => _association.Flush();

    /// <summary>Contexts of this association in which the requestor takes objects: a C-GET's destinations.</summary>
    public IReadOnlyList<PresentationContext> FindContexts(string sopClassUid) => _association.FindContexts(sopClassUid);

    /// <summary>A C-STORE sub-operation on this association (C-GET). A cancel that arrives meanwhile is kept for <see cref="IsCancelRequested"/>.</summary>
    public CommandSet Store(StoreOperation operation)
    {
        SkipDataset();
        if (_isBeside) return _association.StoreBeside(operation);
        var messageId = _association.NextMessageId();
        _association.SendStore(operation, messageId);
        while (true)
        {
            var message = _association.ReadResponse();
            if (message.Command.IsResponse && message.Command.MessageIdBeingRespondedTo == messageId) return message.Command;
            if (message.Command.Command == CommandField.CCancelRq)
                _isCancelled |= message.Command.MessageIdBeingRespondedTo == Command.MessageId;
            else if (_association.Window is not null && !message.Command.IsResponse)
                new DimseRequest(_association, message).Respond(DimseStatus.ResourceLimitation, "Objects are being sent on this association.");
            else
                throw _association.Unexpected(message);
        }
    }

    /// <summary>
    /// Sends a request of this side in the context of the one that has been responded to: N-EVENT-REPORT. Does not wait for
    /// the response: it comes between the peer's requests, or never, if the association ends before.
    /// </summary>
    /// <param name="request">Message identifier and data set type are set here.</param>
    /// <param name="dataset">Encoded in the context's transfer syntax; null for none.</param>
    /// <param name="responded">Called with the response, on the association's thread.</param>
    /// <returns>False when it cannot be sent now: the peer asks for release, or owes a response to another.</returns>
    public bool Notify(CommandSet request, DicomDataset? dataset, Action<CommandSet> responded)
    {
        if (_finalStatus is null) throw new InvalidOperationException("The request has to be responded to first.");
        return !IsCancelRequested && _association.Notify(Context, request, dataset, responded);
    }

    /// <summary>The peer asks to cancel this. From the association's thread while the request goes on beside it.</summary>
    internal void Cancel() => _isCancelled = true;

    /// <summary>Has the service perform this; sees to it that there is an answer, and that a window has room for it.</summary>
    internal void PerformBy(IDimseService service, ILogger logger)
    {
        var window = _association.Window;
        if (window?.Begin(this) is { } refusal)
        {
            Respond(refusal);
            return;
        }
        var started = Stopwatch.GetTimestamp();
        var parent = Activity.Current;
        var activity = DicomTelemetry.Activities.StartActivity(Command.Command.ToString(), ActivityKind.Server);
        activity?.SetTag("dicom.association", Association.Id).SetTag("dicom.sop_class", Command.SopClassUid).SetTag("dicom.sop_instance", Command.SopInstanceUid);
        try
        {
            if (!Attempt(service, isRest: false, logger)) _rest = null;
            _isBeside = _rest is not null && window is not null;
            if (_isBeside && !window!.Continue(() => EndBeside(service, window, logger, started, activity))) _isBeside = false;
            if (!_isBeside)
            {
                if (_rest is not null) Attempt(service, isRest: true, logger);
                Performed(logger, started, activity);
            }
        }
        finally
        {
            if (_isBeside) Activity.Current = parent;
            else End(window, activity);
        }
    }

    private void EndBeside(IDimseService service, OperationWindow window, ILogger logger, long started, Activity? activity)
    {
        Activity.Current = activity;
        try
        {
            Attempt(service, isRest: true, logger);
            Performed(logger, started, activity);
        }
        catch (AssociationException)
        {
            // The association is over; its thread notices, and tells of it once for all that was outstanding.
        }
        finally
        {
            End(window, activity);
        }
    }

    private void End(OperationWindow? window, Activity? activity)
    {
        activity?.Dispose();
        window?.End(this);
    }

    /// <summary>False when it failed, which the peer has then been told.</summary>
    private bool Attempt(IDimseService service, bool isRest, ILogger logger)
    {
        try
        {
            if (isRest) _rest!();
            else service.Handle(this);
            if (_finalStatus is null && (isRest || _rest is null)) throw new InvalidOperationException($"{service.GetType().Name} did not respond to {Command.Command}.");
            return true;
        }
        catch (Exception e) when (e is not AssociationException)
        {
            logger.HandlerFailed(Association.Id, Command.Command, e);
            if (_finalStatus is null) Respond(DimseStatus.ProcessingFailure, "Processing failed; the server's log tells why.");
            return false;
        }
    }

    private void Performed(ILogger logger, long started, Activity? activity)
    {
        activity?.SetTag("dicom.status", _finalStatus?.Value.ToString("X4"));
        DicomTelemetry.Performed(Command.Command, _finalStatus ?? default, Stopwatch.GetElapsedTime(started));
        logger.Performed(Association.Id, Command.Command, _finalStatus?.ToString());
    }

    private void SkipDataset()
    {
        if (_isDatasetRead) return;
        _association.SkipDataset();
        _isDatasetRead = true;
    }
}
