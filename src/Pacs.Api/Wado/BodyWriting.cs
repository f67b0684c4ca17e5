using System.IO.Pipelines;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Files into responses: read straight into the response's own buffers, some at a time, so that memory does not depend on size.</summary>
internal static class BodyWriting
{
    /// <summary>Bytes read and sent at a time.</summary>
    private const int Step = 128 * 1024;

    /// <summary>Sends the whole file.</summary>
    /// <exception cref="BlobMissingException">The file is shorter than it was.</exception>
    public static async Task WriteBlobAsync(this PipeWriter body, BlobReader blob, CancellationToken cancellation)
    {
        for (long offset = 0, length = blob.Length; offset < length;)
        {
            var want = (int)Math.Min(Step, length - offset);
            var read = blob.Read(offset, body.GetSpan(want)[..want]);
            if (read == 0) throw new EndOfStreamException("A stored file became shorter while it was sent.");
            body.Advance(read);
            offset += read;
            if ((await body.FlushAsync(cancellation)).IsCompleted) return;
        }
    }

    /// <summary>Sends what is left of a stream, at most <paramref name="count"/> bytes.</summary>
    public static async Task WriteStreamAsync(this PipeWriter body, Stream source, long count, CancellationToken cancellation)
    {
        while (count > 0)
        {
            var want = (int)Math.Min(Step, count);
            var read = source.Read(body.GetSpan(want)[..want]);
            if (read == 0) return;
            body.Advance(read);
            count -= read;
            if ((await body.FlushAsync(cancellation)).IsCompleted) return;
        }
    }
}
