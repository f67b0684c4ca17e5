using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Pacs.Storage.Ingest;
using Pacs.Storage.Multipart;

namespace Pacs.Storage.DicomWeb;

public sealed partial class DicomWebClient
{
    /// <summary>As they are stored there; and for servers that do not know the parameter, what they give by themselves.</summary>
    private const string AsStored = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
    private const string AsGiven = "multipart/related; type=\"application/dicom\"";

    /// <summary>Parts of one answer: more than any study has instances.</summary>
    private const int MaxParts = 1_000_000;

    /// <summary>
    /// WADO-RS: what comes goes straight into the archive, object by object, none of them whole in memory. An object of another study
    /// than was asked for is not stored. What was stored before a failure stays.
    /// </summary>
    /// <param name="resource">Study, series or instance.</param>
    /// <param name="source">As which the objects come.</param>
    /// <param name="rules">How they are treated; null for the default.</param>
    /// <param name="cancellation">Ends it; an object that has not come whole is not stored.</param>
    /// <returns>What came of each object, when it is safe.</returns>
    /// <exception cref="DicomWebException">The server refuses, cannot be reached, or the answer breaks off.</exception>
    public async IAsyncEnumerable<IngestResult> RetrieveAsync(
        DicomWebResource resource, IngestSource source, IngestRules? rules, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var parts = await OpenPartsAsync(resource, cancellation);
        while (await parts.MoveNextAsync())
        {
            using var session = new Part10IngestSession(_ingest, source, resource.StudyInstanceUid, rules);
            await parts.ReadAsync(session.Write);
            yield return await session.CompleteAsync(cancellation);
        }
    }

    /// <summary>WADO-RS of one instance: its Part 10 file, written on as it comes.</summary>
    /// <returns>Its bytes.</returns>
    /// <exception cref="DicomWebException">The server refuses, cannot be reached, or the answer breaks off: what was written is not all of it.</exception>
    public async Task<long> CopyAsync(DicomWebResource instance, Stream destination, CancellationToken cancellation)
    {
        await using var parts = await OpenPartsAsync(instance, cancellation);
        if (!await parts.MoveNextAsync()) throw Unreadable("has no instance");
        long length = 0;
        await parts.ReadAsync(async data =>
        {
            length += data.Length;
            foreach (var memory in data) await destination.WriteAsync(memory, cancellation);
        });
        return length;
    }

    private async Task<RetrievedParts> OpenPartsAsync(DicomWebResource resource, CancellationToken cancellation)
    {
        var answer = await SendGetAsync("retrieve", resource.Path, AsStored, cancellation);
        if (answer.Status == HttpStatusCode.NotAcceptable)
        {
            answer.Dispose();
            answer = await SendGetAsync("retrieve", resource.Path, AsGiven, cancellation);
        }
        Succeeded(answer);
        try
        {
            var type = answer.ContentType;
            var isPart10 = type is { Payload: "application/dicom" or "*/*", IsMultipart: true } or { Name: "application/dicom" };
            if (!isPart10) throw Unreadable("is no multipart/related of application/dicom");
            if (type!.IsMultipart && type["boundary"] is null) throw Unreadable("has no boundary");
            return new RetrievedParts(answer, await answer.OpenAsync(), type["boundary"]);
        }
        catch (Exception e)
        {
            answer.Dispose();
            if (e is MultipartException) throw Unreadable("has a boundary that is none");
            throw;
        }
    }

    private static DicomWebException Unreadable(string what) => new(DicomWebFailure.Refused, $"The server's answer {what}: it does not speak DICOMweb, or not as PS3.18 has it.");

    /// <summary>The files in an answer, one after the other.</summary>
    private sealed class RetrievedParts(WebAnswer answer, PipeReader body, string? boundary) : IAsyncDisposable
    {
        private readonly MultipartReader? _reader = boundary is null ? null : new MultipartReader(body, boundary);
        private int _count;

        public async Task<bool> MoveNextAsync()
        {
            if (++_count > MaxParts) throw Unreadable($"has more than {MaxParts} parts");
            if (_reader is null) return _count == 1;
            try
            {
                return await _reader.ReadHeadersAsync(CancellationToken.None) is not null;
            }
            catch (MultipartException)
            {
                throw Unreadable("is not multipart throughout");
            }
        }

        public Task ReadAsync(WriteData write) => ReadAsync(data =>
        {
            write(data);
            return ValueTask.CompletedTask;
        });

        public async Task ReadAsync(Func<ReadOnlySequence<byte>, ValueTask> write)
        {
            while (true)
            {
                if (_reader is null)
                {
                    var read = await body.ReadAtLeastAsync(MultipartReader.Step, CancellationToken.None);
                    await write(read.Buffer);
                    body.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted) return;
                    continue;
                }
                var chunk = await _reader.ReadAsync(CancellationToken.None);
                await write(chunk.Data);
                _reader.Advance();
                if (chunk.IsTruncated) throw new DicomWebException(DicomWebFailure.MayPass, "The answer ends in the midst of an object.");
                if (chunk.IsLast) return;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await body.CompleteAsync();
            answer.Dispose();
        }
    }

    private delegate void WriteData(in ReadOnlySequence<byte> data);
}
