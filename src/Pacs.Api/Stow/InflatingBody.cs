using System.IO.Compression;
using System.IO.Pipelines;
using Pacs.Api.Errors;
using Pacs.Storage.Hosting;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Stow;

/// <summary>
/// The body of a request as its sender had it before it applied a Content-Encoding (RFC 9110 §8.4): inflated as it is read,
/// up to so many bytes, and so many times those that came.
/// </summary>
internal sealed class InflatingBody : Stream
{
    /// <summary>What inflates to no more is no bomb, however well it was compressed.</summary>
    private const long AlwaysAllowed = 64L << 20;

    private readonly CountingStream _coded;
    private readonly Stream _decoder;
    private readonly HttpOptions _limits;
    private long _length;

    private InflatingBody(Stream body, Func<Stream, Stream> decode, HttpOptions limits)
    {
        (_coded, _limits) = (new CountingStream(body), limits);
        _decoder = decode(_coded);
    }

    /// <summary>The body's bytes, whatever its coding.</summary>
    /// <exception cref="ApiException">415: a coding that is not known here.</exception>
    public static PipeReader Open(HttpRequest request, HttpOptions limits)
    {
        Func<Stream, Stream>? decode = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant() switch
        {
            "" or "identity" => null,
            "gzip" or "x-gzip" => s => new GZipStream(s, CompressionMode.Decompress),
            "deflate" => s => new ZLibStream(s, CompressionMode.Decompress),
            "br" => s => new BrotliStream(s, CompressionMode.Decompress),
            _ => throw Unknown(request.HttpContext.Response),
        };
        return decode is null ? request.BodyReader
            : PipeReader.Create(new InflatingBody(request.Body, decode, limits), new StreamPipeReaderOptions(bufferSize: MultipartReader.Step, minimumReadSize: 16 * 1024));
    }

    /// <summary>Whether so many bytes are too many to be made of those that came.</summary>
    public static bool IsBomb(long made, long came, HttpOptions limits) => made > AlwaysAllowed && made / limits.MaxInflation > came;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await _decoder.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new MultipartException("The body is not in the coding that its Content-Encoding names.");
        }
        _length += read;
        if (_length > _limits.MaxRequestBytes || IsBomb(_length, _coded.Count, _limits))
            throw new ApiException(StatusCodes.Status413PayloadTooLarge, $"The body inflates to more than is taken: {_limits.MaxRequestBytes} bytes, and {_limits.MaxInflation} times what was sent.");
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _decoder.Dispose();
        base.Dispose(disposing);
    }

    private static ApiException Unknown(HttpResponse response)
    {
        const string Known = "gzip, deflate, br";
        response.Headers.AcceptEncoding = Known;
        return ApiException.UnsupportedMediaType($"The Content-Encoding is none of {Known}.");
    }
}
