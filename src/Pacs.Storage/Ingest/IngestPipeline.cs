using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Routing;

namespace Pacs.Storage.Ingest;

/// <summary>What all sessions share.</summary>
internal sealed class IngestPipeline(
    PacsOptions options, PacsDatabase database, IBlobStore blobs, WriterFolder writer, IndexWriter index, FlushThreads threads, DoubtfulObjects doubts, Router router, TimeProvider time, ILogger<IngestService> log)
{
    private readonly Lock _gate = new();
    private long _measuredAt;
    private long _free = long.MaxValue;

    public StorageOptions Rules => options.Storage;
    public IBlobStore Blobs => blobs;
    public WriterFolder Writer => writer;
    public IndexWriter Index => index;
    public FlushThreads Threads => threads;
    public DoubtfulObjects Doubts => doubts;
    public Router Router => router;
    public NpgsqlDataSource Source => database.KeyedSource;
    public ILogger Log => log;
    public UidTurns Turns { get; } = new();

    /// <summary>Whether the disks of blobs and private database still have their reserve; measured at most once a second.</summary>
    public bool HasRoom()
    {
        lock (_gate)
        {
            if (_measuredAt == 0 || time.GetElapsedTime(_measuredAt) > TimeSpan.FromSeconds(1))
                (_free, _measuredAt) = (Math.Min(blobs.FreeBytes, database.FreeBytes ?? long.MaxValue), time.GetTimestamp());
            return _free > options.Storage.ReserveBytes;
        }
    }
}
