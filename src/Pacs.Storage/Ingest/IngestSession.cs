namespace Pacs.Storage.Ingest;

/// <summary>One object on its way in. Not safe for concurrent use. Disposed before its completion, it leaves nothing behind.</summary>
public sealed class IngestSession : IDisposable
{
    /// <summary>The next bytes of the data set. Never throws for what is wrong with them: the result tells.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Several buffers with one system call.</summary>
    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers) => throw new NotImplementedException();

    /// <summary>All bytes are here: checks, makes durable, indexes; returns when an acknowledgement is safe. Blocks.</summary>
    public IngestResult Complete() => throw new NotImplementedException();

    /// <inheritdoc cref="Complete"/>
    public Task<IngestResult> CompleteAsync(CancellationToken cancellation) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
