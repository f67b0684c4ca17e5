using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Pacs.Storage.Multipart;

namespace Pacs.Storage.DicomWeb;

/// <summary>The answer to one request: its headers are here, its body comes.</summary>
internal sealed class WebAnswer : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly WebDeadline _deadline;
    private readonly TimeSpan _stall;

    public WebAnswer(HttpResponseMessage response, WebDeadline deadline, TimeSpan stall) => (_response, _deadline, _stall) = (response, deadline, stall);

    public HttpResponseMessage Response => _response;
    public HttpStatusCode Status => _response.StatusCode;

    /// <summary>Null when there is none, or none that can be read.</summary>
    public MediaType? ContentType => MediaType.Parse(_response.Content.Headers.TryGetValues("Content-Type", out var values) ? values.FirstOrDefault() : null);

    /// <summary>Texts of the Warning headers (RFC 7234 §5.5) of code 299, without code, agent and date.</summary>
    public IEnumerable<string> Warnings =>
        from header in _response.Headers.TryGetValues("Warning", out var values) ? values.Take(16) : []
        where header.StartsWith("299 ", StringComparison.Ordinal)
        let start = header.IndexOf('"', StringComparison.Ordinal)
        let end = header.IndexOf('"', Math.Max(start, 0) + 1)
        select start >= 0 && end > start ? header[(start + 1)..end] : header[4..];

    /// <summary>The body, as it comes.</summary>
    /// <exception cref="DicomWebException">It is compressed, which nobody asked for: it could be a bomb.</exception>
    public async Task<PipeReader> OpenAsync(int bufferSize = MultipartReader.Step)
    {
        if (_response.Content.Headers.ContentEncoding.FirstOrDefault(e => !e.Equals("identity", StringComparison.OrdinalIgnoreCase)) is not null)
            throw new DicomWebException(DicomWebFailure.Refused, "The server compresses its answers although it was not asked to: switch that off for this archive.");
        var body = new PacedStream(await _response.Content.ReadAsStreamAsync(_deadline.Token), _deadline, _stall);
        return PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: bufferSize, minimumReadSize: Math.Min(bufferSize, 16 * 1024)));
    }

    /// <summary>The body as a whole; null when it is longer.</summary>
    public async Task<byte[]?> ReadAsync(int max)
    {
        var body = await OpenAsync(16 * 1024);
        try
        {
            while (true)
            {
                var read = await body.ReadAsync(CancellationToken.None);
                if (read.Buffer.Length > max) return null;
                if (read.IsCompleted) return read.Buffer.ToArray();
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        finally
        {
            await body.CompleteAsync();
        }
    }

    public void Dispose()
    {
        _response.Dispose();
        _deadline.Dispose();
    }
}
