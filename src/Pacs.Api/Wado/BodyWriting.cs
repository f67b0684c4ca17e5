using System.IO.Pipelines;
using Pacs.Api.Zip;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Files into responses: read straight into the response's own buffers, some at a time, so that memory does not depend on size.</summary>
internal static class BodyWriting
{
    /// <summary>Bytes read and sent at a time.</summary>
    private const int Step = 128 * 1024;

    /// <summary>Sends bytes of the file.</summary>
    /// <exception cref="BlobMissingException">The medium fails.</exception>
    public static async Task WriteBlobAsync(this PipeWriter body, BlobReader blob, long from, long count, Crc32? checksum, CancellationToken cancellation)
    {
        for (long offset = from, end = from + count; offset < end;)
        {
            // A file that still comes from an archive behind this one holds up no thread.
            await blob.WaitAsync(offset, cancellation);
            var read = Read(body, blob, offset, (int)Math.Min(Step, end - offset), checksum);
            if (read == 0) throw new EndOfStreamException("A stored file became shorter while it was sent.");
            offset += read;
            if ((await body.FlushAsync(cancellation)).IsCompleted) return;
        }
    }

    private static int Read(PipeWriter body, BlobReader blob, long offset, int want, Crc32? checksum)
    {
        var span = body.GetSpan(want)[..want];
        var read = blob.Read(offset, span);
        checksum?.Append(span[..read]);
        body.Advance(read);
        return read;
    }

    /// <summary>Sends what is left of a stream, at most <paramref name="count"/> bytes.</summary>
    public static Task WriteStreamAsync(this PipeWriter body, Stream source, long count, CancellationToken cancellation) =>
        body.WriteStreamAsync(source, count, checksum: null, cancellation);

    /// <summary>The same, taking the checksum of what is sent.</summary>
    public static async Task WriteStreamAsync(this PipeWriter body, Stream source, long count, Crc32? checksum, CancellationToken cancellation)
    {
        while (count > 0)
        {
            var want = (int)Math.Min(Step, count);
            var span = body.GetSpan(want)[..want];
            var read = source.Read(span);
            if (read == 0) return;
            checksum?.Append(span[..read]);
            body.Advance(read);
            count -= read;
            if ((await body.FlushAsync(cancellation)).IsCompleted) return;
        }
    }
}
