using System.Buffers;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;

namespace Pacs.Storage.Ingest;

/// <summary>
/// One Part 10 file on its way in: takes off preamble and file meta, and ingests the data set behind them. For STOW-RS and
/// import. What the file meta says of UIDs is not held against the data set: it is stored behind a fresh one. Not safe for concurrent use. Disposed before its completion, it leaves nothing behind.
/// </summary>
/// <param name="ingest">Where to.</param>
/// <param name="source">Where from.</param>
/// <param name="studyInstanceUid">The data set has to be of this study; null for any.</param>
/// <param name="rules">How it is treated; null for the default.</param>
public sealed class Part10IngestSession(IngestService ingest, IngestSource source, string? studyInstanceUid = null, IngestRules? rules = null) : IDisposable
{
    /// <summary>Bytes before the data set that are looked at: preamble and a file meta far longer than any in the field.</summary>
    private const int MaxHeaderBytes = 1 << 20;

    private const int FirstLook = 1024;

    private readonly List<ReadOnlyMemory<byte>> _buffers = [];
    private byte[] _header = [];
    private IngestSession? _session;
    private IngestResult? _failure;

    /// <summary>The next bytes of the file. Never throws for what is wrong with them: the result tells.</summary>
    public void Write(in ReadOnlySequence<byte> bytes)
    {
        if (_failure is not null) return;
        var rest = bytes;
        if (_session is null && !TryBegin(ref rest, isFinal: false)) return;
        if (rest.IsEmpty) return;
        if (rest.IsSingleSegment)
        {
            _session!.Write(rest.FirstSpan);
            return;
        }
        _buffers.Clear();
        foreach (var memory in rest) _buffers.Add(memory);
        _session!.Write(_buffers);
    }

    /// <summary>All bytes are here: returns when an acknowledgement is safe.</summary>
    public Task<IngestResult> CompleteAsync(CancellationToken cancellation)
    {
        var nothing = ReadOnlySequence<byte>.Empty;
        if (_failure is null && _session is null) TryBegin(ref nothing, isFinal: true);
        return _failure is not null ? Task.FromResult(_failure) : _session!.CompleteAsync(cancellation);
    }

    public void Dispose() => _session?.Dispose();

    /// <summary>Takes bytes from the front until they hold the file meta; what they have beyond it goes to a new session.</summary>
    private bool TryBegin(ref ReadOnlySequence<byte> bytes, bool isFinal)
    {
        try
        {
            do
            {
                // Little at first, since most file metas are short; then twice as much each time.
                var piece = bytes.Slice(0, Math.Min(bytes.Length, Math.Max(FirstLook, _header.Length)));
                bytes = bytes.Slice(piece.End);
                _header = [.. _header, .. piece.ToArray()];
                ReadOnlySpan<byte> rest = _header;
                if (Part10Parser.TryRead(ref rest, isFinal && bytes.IsEmpty, out var fileMeta))
                {
                    _session = ingest.Begin(new IngestRequest(fileMeta!.TransferSyntax, source) { FileMeta = fileMeta, DatasetOffset = _header.Length - rest.Length, StudyInstanceUid = studyInstanceUid, Rules = rules ?? IngestRules.Default });
                    if (!rest.IsEmpty) _session.Write(rest);
                    _header = [];
                    return true;
                }
            }
            while (!bytes.IsEmpty && _header.Length <= MaxHeaderBytes);
            if (isFinal || _header.Length > MaxHeaderBytes) Fail("Not a DICOM file: no file meta information.");
        }
        catch (DicomFormatException e)
        {
            Fail(e.Message);
        }
        return false;
    }

    private void Fail(string message) => _failure = new IngestResult(IngestOutcome.NotUnderstood, message);
}
