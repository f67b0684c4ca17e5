using System.Buffers;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Parsing;

namespace Pacs.Dicom.Net;

/// <summary>
/// A request from the peer, to be performed by an <see cref="IDimseService"/> on the association's thread. Every member
/// that touches the network throws an <see cref="AssociationException"/> when the association is over: let it pass.
/// </summary>
public sealed class DimseRequest : IStoreDestination
{
    private readonly Association _association;
    private bool _isDatasetRead;
    private bool _isCancelled;
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
            SkipDataset();
            return _isCancelled |= _association.HasCancel(Command.MessageId);
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

    /// <summary>The whole data set: for identifiers, not for objects.</summary>
    /// <param name="maxLength">Bytes; a longer one is refused.</param>
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
        return DatasetReader.Read(bytes.WrittenSpan, Context.TransferSyntax);
    }

    /// <summary>
    /// Sends a response made by <see cref="CommandSet.Response"/>. Pending ones that come fast are collected and sent
    /// together, a final one goes out at once with all before it; what is left of the data set is skipped for it. After a
    /// final one there are no more.
    /// </summary>
    /// <param name="response">Data set type is set here.</param>
    /// <param name="dataset">Identifier or attributes, encoded in the context's transfer syntax; null for none.</param>
    public void Respond(CommandSet response, DicomDataset? dataset = null)
    {
        if (_finalStatus is not null) throw new InvalidOperationException("The final response was sent already.");
        SkipDataset();
        _association.Write(Context, response, dataset);
        if (response.Status.IsPending) return;
        _finalStatus = response.Status;
        _association.Flush();
    }

    /// <summary>A response with a status, and for a person up to 64 characters of comment.</summary>
    public void Respond(DimseStatus status, string? errorComment = null)
    {
        var response = Command.Response(status);
        response.ErrorComment = errorComment;
        Respond(response);
    }

    /// <summary>
    /// Goes on with what needs nothing more from the association's receiving: the data set has been read. Where the peer
    /// negotiated several outstanding operations, that happens beside its next requests; else here and now. The last thing
    /// that <see cref="IDimseService.Handle"/> does.
    /// </summary>
    public void Continue(Action rest) => rest();

    /// <summary>Sends collected responses now: before work that takes long.</summary>
    public void Flush() => _association.Flush();

    /// <summary>Contexts of this association in which the requestor takes objects: a C-GET's destinations.</summary>
    public IReadOnlyList<PresentationContext> FindContexts(string sopClassUid) => _association.FindContexts(sopClassUid);

    /// <summary>A C-STORE sub-operation on this association (C-GET). A cancel that arrives meanwhile is kept for <see cref="IsCancelRequested"/>.</summary>
    public CommandSet Store(StoreOperation operation)
    {
        SkipDataset();
        var messageId = _association.SendStore(operation);
        while (true)
        {
            var message = _association.ReadResponse();
            if (message.Command.IsResponse && message.Command.MessageIdBeingRespondedTo == messageId) return message.Command;
            if (message.Command.Command != CommandField.CCancelRq) throw _association.Unexpected(message);
            _isCancelled |= message.Command.MessageIdBeingRespondedTo == Command.MessageId;
        }
    }

    /// <summary>Has the service perform this; sees to it that there is an answer.</summary>
    internal void PerformBy(IDimseService service, ILogger logger)
    {
        var started = Stopwatch.GetTimestamp();
        using var activity = DicomTelemetry.Activities.StartActivity(Command.Command.ToString(), ActivityKind.Server);
        activity?.SetTag("dicom.association", Association.Id).SetTag("dicom.sop_class", Command.SopClassUid).SetTag("dicom.sop_instance", Command.SopInstanceUid);
        try
        {
            service.Handle(this);
            if (_finalStatus is null) throw new InvalidOperationException($"{service.GetType().Name} did not respond to {Command.Command}.");
        }
        catch (Exception e) when (e is not AssociationException)
        {
            logger.HandlerFailed(Association.Id, Command.Command, e);
            if (_finalStatus is null) Respond(DimseStatus.ProcessingFailure, "Processing failed; the server's log tells why.");
        }
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
