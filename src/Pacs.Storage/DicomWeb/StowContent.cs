using System.Net;
using System.Net.Http.Headers;
using Pacs.Dicom.Parsing;
using Pacs.Storage.Multipart;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.DicomWeb;

/// <summary>The body of a STOW-RS request: Part 10 files out of the blob store, none of them whole in memory.</summary>
internal sealed class StowContent : HttpContent
{
    /// <summary>Bytes written at a time: they have to be taken within the limit.</summary>
    private const int Step = 64 * 1024;

    private readonly MultipartWriter _frame = new();
    private readonly IReadOnlyList<StowPart> _parts;
    private readonly OutboundDatasets _datasets;
    private readonly PeerThrottle _throttle;
    private readonly WebChannel _channel;
    private readonly WebDeadline _deadline;
    private readonly StowOptions _options;

    /// <param name="parts">What is sent.</param>
    /// <param name="datasets">Where from.</param>
    /// <param name="throttle">The peer's bandwidth.</param>
    /// <param name="channel">Its limits.</param>
    /// <param name="deadline">Of the exchange.</param>
    /// <param name="options">What is changed of each object and who is told of it, and what ends the request.</param>
    public StowContent(IReadOnlyList<StowPart> parts, OutboundDatasets datasets, PeerThrottle throttle, WebChannel channel, WebDeadline deadline, StowOptions options)
    {
        (_parts, _datasets, _throttle, _channel, _deadline, _options) = (parts, datasets, throttle, channel, deadline, options);
        Headers.TryAddWithoutValidation("Content-Type", _frame.ContentType("application/dicom"));
    }

    /// <summary>The part that could not be read here, and why: the request broke off with it.</summary>
    public (StowPart Part, Exception Reason)? Unreadable { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = new byte[Step];
        foreach (var part in _parts)
        {
            _options.Stop.ThrowIfCancellationRequested();
            _options.Begun?.Invoke(part.Instance);
            await WriteAsync(stream, PartHeader(part), cancellationToken);
            await CopyAsync(part, stream, buffer, cancellationToken);
        }
        await WriteAsync(stream, _frame.End(), cancellationToken);
        // From now on the server stores.
        _deadline.Within(_channel.ResponseLimit);
    }

    /// <summary>Known before where nothing is converted or changed: then the server can refuse what is too large for it before it comes.</summary>
    protected override bool TryComputeLength(out long length)
    {
        length = _frame.End().Length;
        foreach (var part in _parts)
        {
            if (part.TransferSyntax != part.Instance.TransferSyntax || _options.Changes is not null) return false;
            length += PartHeader(part).Length + part.Instance.BlobLength - part.Instance.DatasetOffset;
        }
        return true;
    }

    private byte[] PartHeader(StowPart part) =>
        [.. _frame.PartHeader("application/dicom", location: null, length: null, ReferenceEquals(part, _parts[0])), .. part.FileHeader];

    private async Task CopyAsync(StowPart part, Stream stream, byte[] buffer, CancellationToken cancellation)
    {
        Stream source;
        try
        {
            source = _throttle.Wrap(_datasets.Open(part.Instance, part.TransferSyntax, _options.Changes));
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            Unreadable = (part, e);
            throw;
        }
        await using (source)
        {
            while (await ReadAsync(part, source, buffer, cancellation) is > 0 and var read) await WriteAsync(stream, buffer.AsMemory(0, read), cancellation);
        }
    }

    private async Task<int> ReadAsync(StowPart part, Stream source, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellation);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            Unreadable = (part, e);
            throw;
        }
    }

    private async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        _deadline.Within(_channel.Stall);
        await stream.WriteAsync(bytes, cancellation);
        _deadline.Pause();
    }

    private static bool IsUnreadable(Exception e) => e is BlobMissingException or PreprocessingException or IOException or DicomFormatException;
}
