using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Pacs.Storage.Multipart;

/// <summary>
/// Reads a multipart body part by part as it arrives. Holds no more than the pipe does, whatever the size of a part.
/// Not safe for concurrent use.
/// </summary>
public sealed class MultipartReader(PipeReader body, string boundary)
{
    /// <summary>Bytes that the header lines of one part may take: as much as Kestrel gives all headers of a request.</summary>
    public const int MaxHeaderBytes = 32 * 1024;

    /// <summary>Header lines of one part.</summary>
    public const int MaxHeaders = 64;

    /// <summary>Bytes of data waited for before they are looked at: each look costs a wake-up and, further on, a write.</summary>
    public const int Step = 256 * 1024;

    private readonly MultipartFraming _framing = new(boundary);
    private State _state = State.Preamble;
    private bool _atStart = true;
    private SequencePosition _next;
    private SequencePosition? _examined;

    private enum State { Preamble, Headers, Data, Ended }

    /// <summary>What has come of a part's data. The bytes are valid until <see cref="Advance"/>.</summary>
    /// <param name="Data">The bytes.</param>
    /// <param name="IsLast">The part ends with them.</param>
    /// <param name="IsTruncated">The body ended here although the part had not.</param>
    public readonly record struct Chunk(ReadOnlySequence<byte> Data, bool IsLast, bool IsTruncated);

    /// <summary>The headers of the next part; null after the last. What is left of the part before is skipped.</summary>
    /// <exception cref="MultipartException">The body is not what it should be.</exception>
    public async ValueTask<PartHeaders?> ReadHeadersAsync(CancellationToken cancellation)
    {
        if (_state == State.Preamble && await SkipAsync(cancellation) is { IsTruncated: true })
            throw new MultipartException("The body has no part that begins with the boundary of its Content-Type.");
        if (_state == State.Data) await SkipAsync(cancellation);
        if (_state == State.Ended) return null;

        while (true)
        {
            var read = await body.ReadAsync(cancellation);
            PartHeaders? headers;
            SequencePosition consumed;
            try
            {
                ParseHeaders(read.Buffer, out headers, out consumed);
            }
            catch (MultipartException)
            {
                // Whoever drains the rest of the body has to find the pipe at rest: else the connection breaks instead of the answer being read.
                body.AdvanceTo(read.Buffer.End);
                throw;
            }
            if (headers is not null)
            {
                body.AdvanceTo(consumed);
                _state = State.Data;
                _atStart = false;
                return headers;
            }
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) throw new MultipartException("The body ends within the headers of a part.");
        }
    }

    /// <summary>The next bytes of the part whose headers were read last. Follow each by <see cref="Advance"/>.</summary>
    public async ValueTask<Chunk> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await body.ReadAtLeastAsync(Step, cancellation);
            var found = _framing.Find(read.Buffer, _atStart, out var dataEnd, out _next);
            if (found != MultipartFraming.Found.Nothing)
            {
                _state = found == MultipartFraming.Found.End ? State.Ended : State.Headers;
                return new Chunk(read.Buffer.Slice(0, dataEnd), IsLast: true, IsTruncated: false);
            }
            if (read.IsCompleted)
            {
                _state = State.Ended;
                _next = read.Buffer.End;
                return new Chunk(read.Buffer, IsLast: true, IsTruncated: true);
            }
            var data = read.Buffer.Slice(0, dataEnd);
            if (!data.IsEmpty)
            {
                _examined = read.Buffer.End;
                return new Chunk(data, IsLast: false, IsTruncated: false);
            }
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Gives back the bytes of the last <see cref="ReadAsync"/>.</summary>
    public void Advance()
    {
        body.AdvanceTo(_next, _examined ?? _next);
        _examined = null;
        _atStart = false;
    }

    private async ValueTask<Chunk> SkipAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var chunk = await ReadAsync(cancellation);
            Advance();
            if (chunk.IsLast) return chunk;
        }
    }

    private static void ParseHeaders(in ReadOnlySequence<byte> buffer, out PartHeaders? headers, out SequencePosition consumed)
    {
        headers = null;
        consumed = buffer.Start;
        var block = buffer.Length > MaxHeaderBytes ? buffer.Slice(0, MaxHeaderBytes) : buffer;
        var reader = new SequenceReader<byte>(block);
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            if (line.IsEmpty)
            {
                headers = new PartHeaders(fields);
                consumed = reader.Position;
                return;
            }
            var text = Encoding.Latin1.GetString(line);
            var colon = text.IndexOf(':');
            if (colon <= 0) throw new MultipartException("A header line of a part has no name and colon.");
            if (fields.Count == MaxHeaders) throw new MultipartException($"A part has more than {MaxHeaders} headers.");
            fields[text[..colon].Trim()] = text[(colon + 1)..].Trim();
        }
        if (buffer.Length >= MaxHeaderBytes) throw new MultipartException($"The headers of a part take more than {MaxHeaderBytes} bytes.");
    }
}
