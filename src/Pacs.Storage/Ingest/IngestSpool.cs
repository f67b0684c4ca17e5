using System.Buffers;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Blobs;

namespace Pacs.Storage.Ingest;

/// <summary>
/// A file in the incoming folder for what has to be waited for before an object can be made of it. Written by one, read by
/// any number; gone when it is disposed, and with the folder after a crash.
/// </summary>
public sealed class IngestSpool : IDisposable
{
    private const long RoomCheckInterval = 64L << 20;

    private readonly IngestPipeline _pipeline;
    private readonly long _number;
    private readonly DateTimeOffset _receivedAt;
    private readonly BlobWriter? _blob;
    private long _nextRoomCheck;

    internal IngestSpool(IngestPipeline pipeline)
    {
        _pipeline = pipeline;
        (_number, _receivedAt) = pipeline.Writer.Begin();
        try
        {
            _blob = pipeline.Blobs.Create();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
        }
    }

    /// <summary>Something could not be written: what was is not whole.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Bytes written.</summary>
    public long Length => _blob?.Length ?? 0;

    /// <summary>Adds to the end. Never throws: <see cref="HasFailed"/> tells.</summary>
    public void Write(in ReadOnlySequence<byte> bytes)
    {
        if (HasFailed || bytes.IsEmpty) return;
        try
        {
            foreach (var memory in bytes) _blob!.Write(memory.Span);
            if (_blob!.Length < _nextRoomCheck) return;
            _nextRoomCheck = _blob.Length + RoomCheckInterval;
            HasFailed = !_pipeline.HasRoom();
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    /// <summary>What was written at a place.</summary>
    public StreamedValue Slice(long offset, long length) => new(length, () => new WrittenStream(_blob!, offset));

    public void Dispose()
    {
        _blob?.Dispose();
        _pipeline.Writer.End(_number, _receivedAt);
    }

    private void Fail(Exception fault)
    {
        _pipeline.Log.StorageFailed(fault);
        HasFailed = true;
    }
}
