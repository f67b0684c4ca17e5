using System.Buffers.Binary;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Access;
using Pacs.Storage.Blobs;
using Pacs.Storage.Indexing;
using Pacs.Storage.Validation;

namespace Pacs.Storage.Ingest;

/// <summary>One object on its way in. Not safe for concurrent use. Disposed before its completion, it leaves nothing behind.</summary>
public sealed partial class IngestSession : IDisposable
{
    private const long RoomCheckInterval = 64L << 20;

    private readonly IngestPipeline _pipeline;
    private readonly IngestRequest _request;
    private DatasetParser _parser;
    private TransferSyntax _transferSyntax;
    private readonly long _number;
    private readonly DateTimeOffset _receivedAt;
    private BlobWriter? _blob;
    private byte[] _header = [];
    private long _nextRoomCheck = RoomCheckInterval;
    private Crc32C _crc = new();
    private IngestResult? _refusal;
    private bool _isInDoubt;
    private bool _isDisposed;

    internal IngestSession(IngestPipeline pipeline, IngestRequest request)
    {
        (_pipeline, _request, _transferSyntax) = (pipeline, request, request.TransferSyntax);
        _parser = new DatasetParser(request.TransferSyntax, InstanceFactory.Limits, request.DatasetOffset);
        try
        {
            if (!pipeline.HasRoom())
            {
                Refuse(IngestOutcome.OutOfResources, "Storage is full: free disk space or lower the reserve.");
                return;
            }
            (_number, _receivedAt) = pipeline.Writer.Begin();
            _blob = pipeline.Blobs.Create();
            _header = Header(request.SopClassUid ?? request.FileMeta?.MediaStorageSopClassUid, request.SopInstanceUid ?? request.FileMeta?.MediaStorageSopInstanceUid);
            _blob.Write(_header);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            StorageFailed(e);
        }
    }

    /// <summary>The next bytes of the data set. Never throws for what is wrong with them: the result tells.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_refusal is not null) return;
        try
        {
            _blob!.Write(bytes);
            Observe(bytes);
            CheckRoom();
        }
        catch (IOException e)
        {
            StorageFailed(e);
        }
    }

    /// <summary>Several buffers with one system call.</summary>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        if (_refusal is not null) return;
        try
        {
            _blob!.Write(buffers);
            foreach (var buffer in buffers) Observe(buffer.Span);
            CheckRoom();
        }
        catch (IOException e)
        {
            StorageFailed(e);
        }
    }

    /// <summary>All bytes are here: checks, makes durable, indexes; returns when an acknowledgement is safe. Blocks.</summary>
    public IngestResult Complete()
    {
        var result = Finish();
        // What the data set could not tell, the request may.
        return result with
        {
            SopClassUid = result.SopClassUid ?? _request.SopClassUid ?? NullIfEmpty(_request.FileMeta?.MediaStorageSopClassUid),
            SopInstanceUid = result.SopInstanceUid ?? _request.SopInstanceUid ?? NullIfEmpty(_request.FileMeta?.MediaStorageSopInstanceUid),
        };
    }

    private IngestResult Finish()
    {
        try
        {
            if (_refusal is not null) return _refusal;
            var dataset = _parser.Complete();
            if (Check(dataset) is { } refusal) return refusal;
            var faults = ObjectValidator.Check(dataset, _request.Rules.Validation, _parser.IsAbridged);
            if (faults is var (found, isPresentationState) && _request.Rules.ValidationAction == ValidationAction.Refuse)
                return Uids(dataset) with
                {
                    Outcome = isPresentationState ? IngestOutcome.PresentationStateUnusable : IngestOutcome.IodMismatch,
                    Message = found.ToString(),
                    OffendingElements = found.Elements,
                };
            if (IsToBeNormalized(dataset)) dataset = Normalize();
            if (_refusal is not null) return _refusal;
            var result = Store(dataset);
            return faults is null || !result.IsSuccess ? result : result with { HasFaults = true, Message = faults.Value.Faults.ToString(), OffendingElements = faults.Value.Faults.Elements };
        }
        catch (DicomFormatException e)
        {
            return new IngestResult(IngestOutcome.NotUnderstood, e.Message) { OffendingElements = e.Tag is { } tag ? [tag] : [] };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            StorageFailed(e);
            return _refusal!;
        }
    }

    /// <inheritdoc cref="Complete"/>
    public Task<IngestResult> CompleteAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return _pipeline.Threads.RunAsync(Complete);
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _parser.Dispose();
        _blob?.Dispose();
        if (_number != 0 && !_isInDoubt) _pipeline.Writer.End(_number, _receivedAt);
    }

    private void Observe(ReadOnlySpan<byte> bytes)
    {
        _crc.Append(bytes);
        try
        {
            _parser.Append(bytes);
        }
        catch (DicomFormatException e)
        {
            _refusal = new IngestResult(IngestOutcome.NotUnderstood, e.Message) { OffendingElements = e.Tag is { } tag ? [tag] : [] };
        }
    }

    private void CheckRoom()
    {
        if (_blob!.Length < _nextRoomCheck) return;
        _nextRoomCheck += RoomCheckInterval;
        if (!_pipeline.HasRoom()) Refuse(IngestOutcome.OutOfResources, "Storage is full: free disk space or lower the reserve.");
    }

    private IngestResult? Check(DicomDataset dataset)
    {
        var uids = Uids(dataset);
        IngestResult Refused(IngestOutcome outcome, Tag tag, string message) => uids with { Outcome = outcome, Message = message, OffendingElements = [tag] };
        foreach (var (tag, uid) in new[] { (Tags.SOPClassUID, uids.SopClassUid), (Tags.SOPInstanceUID, uids.SopInstanceUid), (Tags.StudyInstanceUID, uids.StudyInstanceUid), (Tags.SeriesInstanceUID, uids.SeriesInstanceUid) })
        {
            var name = DataElementDictionary.KeywordOf(tag);
            if (uid is null) return Refused(IngestOutcome.IdentifierMissing, tag, $"{name} is missing: no object is kept without it.");
            if (!Uid.IsAcceptable(uid)) return Refused(IngestOutcome.IdentifierMissing, tag, $"{name} is no UID: up to 64 digits and dots.");
        }
        if (!_request.Rules.StorageSopClasses.Includes(uids.SopClassUid!) || _request.Rules.SopClasses?.Contains(uids.SopClassUid!) == false)
            return Refused(IngestOutcome.SopClassNotTaken, Tags.SOPClassUID, "The rules here do not take objects of this SOP class.");
        if (_request.Rules.TransferSyntaxes?.Contains(_transferSyntax.Uid) == false)
            return Refused(IngestOutcome.TransferSyntaxNotTaken, Tags.TransferSyntaxUID, "The rules here do not take this transfer syntax.");
        if (_request.SopClassUid is { } c && c != uids.SopClassUid) return Refused(IngestOutcome.UidMismatch, Tags.SOPClassUID, "SOP Class UID differs from that of the request.");
        if (_request.SopInstanceUid is { } i && i != uids.SopInstanceUid) return Refused(IngestOutcome.UidMismatch, Tags.SOPInstanceUID, "SOP Instance UID differs from that of the request.");
        if (_request.StudyInstanceUid is { } s && s != uids.StudyInstanceUid) return Refused(IngestOutcome.UidMismatch, Tags.StudyInstanceUID, "Study Instance UID differs from that of the request.");
        return null;
    }

    private ushort Peek(long offset)
    {
        Span<byte> bytes = stackalloc byte[2];
        return _blob!.Read(_header.Length + offset, bytes) == 2 ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;
    }

    private IngestResult Store(DicomDataset dataset)
    {
        var result = Uids(dataset);
        using var turn = _pipeline.Turns.Take(result.SopInstanceUid!);
        PutHeader(Header(result.SopClassUid, result.SopInstanceUid));
        var instance = InstanceFactory.Create(dataset, _parser, _transferSyntax, _pipeline.Rules.MaxHeaderBytes, Peek);
        instance.BlobKey = BlobKey.For(_receivedAt, result.StudyInstanceUid!, result.SeriesInstanceUid!, result.SopInstanceUid!, _pipeline.Writer.Id, _number);
        instance.BlobLength = _blob!.Length;
        instance.DatasetOffset = _header.Length;
        instance.DatasetCrc = _crc.Value;
        instance.Protocol = _request.Source.Protocol;
        instance.CallingAeTitle = _request.Source.CallingAeTitle ?? "";
        instance.CalledAeTitle = _request.Source.CalledAeTitle ?? "";
        instance.RemoteAddress = _request.Source.RemoteAddress ?? "";
        instance.ReceivedAt = _receivedAt;
        var source = _request.FileMeta is { SourceApplicationEntityTitle: { } from } ? _request.Source with { FileSource = from } : _request.Source;
        _isInDoubt = true;
        var (outcome, message, isInDoubt) = new BlobCommit(_pipeline, _blob, dataset, instance, _pipeline.Router.Route(dataset, source, _receivedAt), _request.Rules.Duplicates ?? _pipeline.Rules.Duplicates).Run();
        _isInDoubt = isInDoubt;
        return result with { Outcome = outcome, Message = message };
    }

    /// <summary>The header was written before the data set told its UIDs. Where they differ it is written again, in a new file if need be.</summary>
    private void PutHeader(byte[] header)
    {
        if (header.AsSpan().SequenceEqual(_header)) return;
        if (header.Length == _header.Length)
        {
            _blob!.WriteAt(0, header);
        }
        else
        {
            var old = _blob!;
            using (old)
            {
                _blob = _pipeline.Blobs.Create();
                _blob.Write(header);
                var buffer = new byte[1 << 20];
                long offset = _header.Length;
                for (int n; (n = old.Read(offset, buffer)) > 0; offset += n) _blob.Write(buffer.AsSpan(0, n));
            }
        }
        _header = header;
    }

    private byte[] Header(string? sopClassUid, string? sopInstanceUid) => new FileMetaInformation
    {
        MediaStorageSopClassUid = sopClassUid ?? "",
        MediaStorageSopInstanceUid = sopInstanceUid ?? "",
        TransferSyntax = _transferSyntax,
        SourceApplicationEntityTitle = _request.Source.CallingAeTitle,
        ReceivingApplicationEntityTitle = _request.Source.CalledAeTitle,
    }.ToPart10Header();

    private static IngestResult Uids(DicomDataset dataset) => new(IngestOutcome.Stored)
    {
        SopClassUid = dataset.GetString(Tags.SOPClassUID),
        SopInstanceUid = dataset.GetString(Tags.SOPInstanceUID),
        StudyInstanceUid = dataset.GetString(Tags.StudyInstanceUID),
        SeriesInstanceUid = dataset.GetString(Tags.SeriesInstanceUID),
    };

    private static string? NullIfEmpty(string? text) => text is { Length: > 0 } ? text : null;

    private void StorageFailed(Exception fault)
    {
        _pipeline.Log.StorageFailed(fault);
        Refuse(IngestOutcome.OutOfResources, "The archive cannot write to its storage: see its log.");
    }

    private void Refuse(IngestOutcome outcome, string message) => _refusal = new IngestResult(outcome, message);
}
