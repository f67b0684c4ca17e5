using System.Buffers;
using System.Text.Json;
using System.Xml;
using Pacs.Api.Negotiation;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Images;
using Pacs.Dicom.Json;
using Pacs.Dicom.Xml;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Stow;

/// <summary>
/// Stores metadata with bulk data (PS3.18 §10.5.1.4). Metadata are kept as they came, up to a bound, and bulk data is put
/// aside in one file until the body ends: parts may come in any order. Then object after object is made and ingested.
/// </summary>
internal sealed class MetadataStore : IDisposable
{
    private readonly IngestService _ingest;
    private readonly StowTarget _target;
    private readonly string _metadataType;
    private readonly HttpOptions _limits;
    private readonly BulkParts _bulk;
    private readonly List<byte[]> _metadata = [];
    private readonly List<IngestResult> _faults = [];
    private IngestSpool? _spool;
    private int _metadataBytes;
    private long _made;
    private int _parts;

    public MetadataStore(IngestService ingest, StowTarget target, string metadataType, HttpOptions limits, Uri address)
    {
        (_ingest, _target, _metadataType, _limits) = (ingest, target, metadataType, limits);
        _bulk = new BulkParts(address);
    }

    /// <summary>Some part came: what follows from now on is told part by part.</summary>
    public bool HasParts => _parts > 0;

    public void Dispose() => _spool?.Dispose();

    /// <summary>Reads the next part; false after the last.</summary>
    /// <exception cref="MultipartException">The body is not what it should be.</exception>
    public async Task<bool> ReadPartAsync(MultipartReader reader, CancellationToken cancellation)
    {
        if (await reader.ReadHeadersAsync(cancellation) is not { } headers) return false;
        if (_parts == StowStore.MaxParts) throw new MultipartException($"More than {StowStore.MaxParts} parts: send the rest in another request.");
        _parts++;
        var type = MediaType.Parse(headers.ContentType);
        if (type?.Name == _metadataType || (_metadataType == MediaTypes.DicomJson && type?.Name == MediaTypes.Json)) await ReadMetadataAsync(reader, cancellation);
        else await ReadBulkAsync(reader, headers, type, cancellation);
        return true;
    }

    /// <summary>Takes a body that is metadata and nothing else.</summary>
    public async Task ReadAloneAsync(System.IO.Pipelines.PipeReader body, CancellationToken cancellation)
    {
        var content = new ArrayBufferWriter<byte>();
        while (true)
        {
            var read = await body.ReadAsync(cancellation);
            Take(content, read.Buffer);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        _parts++;
        Keep(content, isTruncated: false);
    }

    /// <summary>Notes what ended the body before its time.</summary>
    public void Fail(string message) => _faults.Add(new IngestResult(IngestOutcome.NotUnderstood, message));

    /// <summary>Makes and ingests the objects. In the order of the request; what is no object comes last.</summary>
    public async Task<IReadOnlyList<IngestResult>> StoreAsync()
    {
        var results = new List<Task<IngestResult>>();
        var pending = new Queue<Task>();
        var assembler = new MetadataAssembler(_bulk);
        try
        {
            foreach (var document in _metadata)
            {
                if (_metadataType == MediaTypes.DicomXml)
                {
                    await AddAsync(() => NativeModel.Read(new MemoryStream(document), keepBulkDataUris: true));
                    continue;
                }
                var objects = JsonMetadata.Split(document, StowStore.MaxParts - results.Count, out var fault);
                foreach (var range in objects) await AddAsync(() => DicomJson.Read(document.AsSpan(range), keepBulkDataUris: true));
                if (fault is not null) Fail(fault);
            }
        }
        finally
        {
            await Task.WhenAll(pending);
        }
        foreach (var part in _bulk.All.Where(p => !p.IsUsed))
            _faults.Add(new IngestResult(part.Fault is null ? IngestOutcome.ProcessingFailure : IngestOutcome.NotUnderstood, part.Fault is null ? "Bulk data that no metadata refer to." : $"Bulk data: {part.Fault}."));
        return [.. await Task.WhenAll(results), .. _faults];

        async Task AddAsync(Func<DicomDataset> read)
        {
            while (pending.Count >= StowStore.MaxPending) await pending.Dequeue();
            var task = Store(read, assembler);
            results.Add(task);
            pending.Enqueue(task);
        }
    }

    /// <summary>Writes one object. The task is done when it is safe.</summary>
    private Task<IngestResult> Store(Func<DicomDataset> read, MetadataAssembler assembler)
    {
        DicomDataset? dataset = null;
        IngestSession? session = null;
        try
        {
            dataset = read();
            var syntax = assembler.Assemble(dataset, _target.Study);
            session = _ingest.Begin(new IngestRequest(syntax, _target.Source) { StudyInstanceUid = _target.Study, Rules = _target.Rules });
            StreamingDatasetWriter.Write(dataset, syntax, bytes =>
            {
                Spend(bytes.Length);
                session.Write(bytes);
            });
            return FinishAsync(session);
        }
        catch (Exception e) when (e is AssemblyException or JsonException or XmlException or ImageFormatException or IOException)
        {
            session?.Dispose();
            var outcome = e switch
            {
                AssemblyException a => a.Outcome,
                IOException => IngestOutcome.OutOfResources,
                _ => IngestOutcome.NotUnderstood,
            };
            if (_spool is { HasFailed: true }) outcome = IngestOutcome.OutOfResources;
            return Task.FromResult(new IngestResult(outcome, e.Message)
            {
                SopClassUid = dataset?.GetString(Tags.SOPClassUID),
                SopInstanceUid = dataset?.GetString(Tags.SOPInstanceUID),
            });
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Any number of references may be to one part, and an image be decoded to many times its length: neither fills the disk.</summary>
    /// <exception cref="AssemblyException">More is made than what came allows.</exception>
    private void Spend(int bytes)
    {
        _made += bytes;
        if (_made > _limits.MaxRequestBytes || InflatingBody.IsBomb(_made, _metadataBytes + (_spool?.Length ?? 0), _limits))
            throw new AssemblyException(IngestOutcome.ProcessingFailure, "Too much is made of what was sent: refer to each part once.");
    }

    private static async Task<IngestResult> FinishAsync(IngestSession session)
    {
        using (session) return await session.CompleteAsync(CancellationToken.None);
    }

    private async Task ReadMetadataAsync(MultipartReader reader, CancellationToken cancellation)
    {
        var content = new ArrayBufferWriter<byte>();
        while (true)
        {
            var chunk = await reader.ReadAsync(cancellation);
            Take(content, chunk.Data);
            reader.Advance();
            if (!chunk.IsLast) continue;
            Keep(content, chunk.IsTruncated);
            return;
        }
    }

    private void Take(ArrayBufferWriter<byte> content, in ReadOnlySequence<byte> bytes)
    {
        if (_metadataBytes > _limits.MaxMetadataBytes) return;
        _metadataBytes += (int)Math.Min(bytes.Length, int.MaxValue / 2);
        if (_metadataBytes > _limits.MaxMetadataBytes) return;
        foreach (var memory in bytes) content.Write(memory.Span);
    }

    private void Keep(ArrayBufferWriter<byte> content, bool isTruncated)
    {
        if (_metadataBytes > _limits.MaxMetadataBytes) Fail($"Over {_limits.MaxMetadataBytes} bytes of metadata: send large values as bulk.");
        else if (isTruncated) Fail("The body ends within the metadata.");
        else _metadata.Add(content.WrittenSpan.ToArray());
    }

    private async Task ReadBulkAsync(MultipartReader reader, PartHeaders headers, MediaType? type, CancellationToken cancellation)
    {
        _spool ??= _ingest.BeginSpool();
        var offset = _spool.Length;
        MultipartReader.Chunk chunk;
        do
        {
            chunk = await reader.ReadAsync(cancellation);
            _spool.Write(chunk.Data);
            reader.Advance();
        }
        while (!chunk.IsLast);
        var length = _spool.Length - offset;
        var fault = chunk.IsTruncated ? "the body ends within it"
            : _spool.HasFailed ? "storage is full or fails"
            : headers.ContentLength is { } declared && declared != length ? "its length is not that of its Content-Length" : null;
        var place = headers.ContentLocation ?? (headers.ContentId is { } id ? $"cid:{id.Trim('<', '>')}" : null);
        _bulk.Add(new BulkPart(type ?? MediaType.Parse(MediaTypes.OctetStream)!, _bulk.Normalize(place), _spool.Slice(offset, length), fault));
    }
}
