using System.IO.Pipelines;
using Pacs.Api.Negotiation;
using Pacs.Storage.Ingest;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Stow;

/// <summary>
/// Stores Part 10 files one after the other as they arrive, none of them whole in memory. While one is made durable, the
/// next is read already. Parts stand for themselves: a bad one does not keep the others out.
/// </summary>
internal sealed class Part10Store(IngestService ingest, StowTarget target)
{
    private readonly List<Task<IngestResult>> _results = [];
    private readonly Queue<Task> _pending = [];

    /// <summary>Some part came: what follows from now on is told part by part.</summary>
    public bool HasParts => _results.Count > 0;

    /// <summary>Reads the next part; false after the last.</summary>
    /// <exception cref="MultipartException">The body is not what it should be.</exception>
    public async Task<bool> ReadPartAsync(MultipartReader reader, CancellationToken cancellation)
    {
        if (await reader.ReadHeadersAsync(cancellation) is not { } headers) return false;
        if (_results.Count == StowStore.MaxParts) throw new MultipartException($"More than {StowStore.MaxParts} parts: send the rest in another request.");
        while (_pending.Count >= StowStore.MaxPending) await _pending.Dequeue();
        var type = MediaType.Parse(headers.ContentType);
        var task = headers.ContentType is null || type?.Name == MediaTypes.Dicom ? await StorePartAsync(reader, cancellation) : Task.FromResult(Refused(headers.ContentType));
        _results.Add(task);
        _pending.Enqueue(task);
        return true;
    }

    /// <summary>Takes a body that is one file.</summary>
    public async Task ReadAloneAsync(PipeReader body, CancellationToken cancellation)
    {
        using var session = Begin();
        while (true)
        {
            var read = await body.ReadAtLeastAsync(MultipartReader.Step, cancellation);
            session.Write(read.Buffer);
            body.AdvanceTo(read.Buffer.End);
            if (!read.IsCompleted) continue;
            _results.Add(Task.FromResult(await session.CompleteAsync(CancellationToken.None)));
            return;
        }
    }

    /// <summary>Notes what ended the body before its time.</summary>
    public void Fail(string message) => _results.Add(Task.FromResult(new IngestResult(IngestOutcome.NotUnderstood, message)));

    /// <summary>Waits until what was handed over is finished, whatever ended the reading.</summary>
    public Task SettleAsync() => Task.WhenAll(_pending);

    /// <summary>In the order of the request.</summary>
    public async Task<IReadOnlyList<IngestResult>> ResultsAsync() => await Task.WhenAll(_results);

    private Part10IngestSession Begin() => new(ingest, target.Source, target.Study, target.Rules);

    /// <summary>Reads the part to its end. The task within is done when the object is safe.</summary>
    private async Task<Task<IngestResult>> StorePartAsync(MultipartReader reader, CancellationToken cancellation)
    {
        var session = Begin();
        try
        {
            while (true)
            {
                var chunk = await reader.ReadAsync(cancellation);
                session.Write(chunk.Data);
                reader.Advance();
                if (chunk.IsTruncated)
                {
                    session.Dispose();
                    return Task.FromResult(new IngestResult(IngestOutcome.NotUnderstood, "The body ends within this part: its closing boundary is missing."));
                }
                if (chunk.IsLast) return FinishAsync(session);
            }
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Not cancelled with the request: an object whose every byte is here is stored.</summary>
    private static async Task<IngestResult> FinishAsync(Part10IngestSession session)
    {
        using (session) return await session.CompleteAsync(CancellationToken.None);
    }

    private static IngestResult Refused(string contentType) =>
        new(IngestOutcome.ProcessingFailure, contentType.Length < 40 ? $"Not stored: a part of {contentType}." : "Not stored: a part that is not application/dicom.");
}
