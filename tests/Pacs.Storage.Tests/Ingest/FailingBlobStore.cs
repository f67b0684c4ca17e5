using Pacs.Storage.Blobs;

namespace Pacs.Storage.Tests.Ingest;

/// <summary>A medium that fails when it is told to: a full disk at the next write or new folder, a broken one at the next flush.</summary>
internal sealed class FailingBlobStore(IBlobStore inner) : IBlobStore
{
    public bool FailsToWrite { get; set; }
    public bool FailsToPublish { get; set; }
    public bool FailsToFlush { get; set; }

    /// <summary>Instead of what the medium has.</summary>
    public long? Free { get; set; }

    public long FreeBytes => Free ?? inner.FreeBytes;

    public BlobWriter Create() => new Writer(this, inner.Create());
    public IBlob Open(string key) => inner.Open(key);
    public void Flush(string key) => inner.Flush(key);
    public void Delete(string key) => inner.Delete(key);
    public void Quarantine(string key) => inner.Quarantine(key);
    public IEnumerable<BlobEntry> Enumerate() => inner.Enumerate();

    private sealed class Writer(FailingBlobStore store, BlobWriter inner) : BlobWriter
    {
        public override long Length => inner.Length;

        public override void Write(ReadOnlySpan<byte> bytes)
        {
            if (store.FailsToWrite) throw new IOException("No space left on device");
            inner.Write(bytes);
        }

        public override void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers) => inner.Write(buffers);
        public override void WriteAt(long offset, ReadOnlySpan<byte> bytes) => inner.WriteAt(offset, bytes);
        public override int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

        public override void Publish(string key)
        {
            if (store.FailsToPublish) throw new IOException("No space left on device");
            inner.Publish(key);
        }

        public override void Flush()
        {
            if (store.FailsToFlush) throw new IOException("Input/output error");
            inner.Flush();
        }

        public override void Dispose() => inner.Dispose();
    }
}
