using System.Globalization;
using System.Security.Cryptography;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Blobs;

/// <summary>
/// This process as a writer: <c>incoming/{id}</c> with a lock that is held while the process lives, and a checkpoint, a
/// time before which each of its objects is either finished or gone. What recovery needs after a crash.
/// </summary>
public sealed class WriterFolder : IDisposable
{
    internal const string LockFile = "lock";
    internal const string CheckpointFile = "checkpoint";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly PacsOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly SortedSet<(DateTimeOffset At, long Number)> _open = [];
    private FileStream? _lock;
    private ITimer? _timer;
    private long _last;
    private DateTimeOffset _written;
    private DateTimeOffset _latest;

    public WriterFolder(PacsOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        Path = System.IO.Path.Combine(options.IncomingPath, Id);
    }

    /// <summary>New for each process start.</summary>
    public string Id { get; }

    public string Path { get; }

    /// <summary>An object begins: its number, and the time that it counts as received.</summary>
    public (long Number, DateTimeOffset ReceivedAt) Begin()
    {
        lock (_gate)
        {
            if (_lock is null) Create();
            // A clock that is set back must not make objects that look older than the checkpoint.
            _latest = Later(Now(), _latest);
            var entry = (At: _latest, Number: ++_last);
            _open.Add(entry);
            return (entry.Number, entry.At);
        }
    }

    /// <summary>The object is finished: acknowledged and durable, or gone without a trace. One in doubt never ends: it is left to recovery.</summary>
    public void End(long number, DateTimeOffset receivedAt)
    {
        lock (_gate) _open.Remove((receivedAt, number));
    }

    /// <summary>Leaves no folder behind, unless an object is in doubt.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_lock is null) return;
            _timer?.Dispose();
            if (_open.Count == 0) Directory.Delete(Path, recursive: true);
            _lock.Dispose();
            _lock = null;
        }
    }

    internal static DateTimeOffset ReadTime(string file) => DateTimeOffset.ParseExact(File.ReadAllText(file), "O", CultureInfo.InvariantCulture);

    // The lock is taken before the folder gets the name by which recovery looks for dead writers.
    private void Create()
    {
        Folders.MakePrivate(_options.IncomingPath);
        var draft = Path + ".new";
        Folders.MakePrivate(draft);
        var held = FolderLock.TryExclusive(System.IO.Path.Combine(draft, LockFile)) ?? throw new IOException($"{draft} is in use.");
        WriteTime(System.IO.Path.Combine(draft, CheckpointFile), _time.GetUtcNow());
        Directory.Move(draft, Path);
        Posix.FlushDirectory(Path);
        Posix.FlushDirectory(_options.IncomingPath);
        _lock = held;
        _timer = _time.CreateTimer(_ => Advance(), null, Interval, Interval);
    }

    private void Advance()
    {
        lock (_gate)
        {
            if (_lock is null) return;
            _latest = Later(Now(), _latest);
            var checkpoint = _open.Count > 0 ? _open.Min.At : _latest;
            if (checkpoint <= _written) return;
            try
            {
                // A crash leaves the former one or this one; the former only costs time.
                var draft = System.IO.Path.Combine(Path, CheckpointFile + ".new");
                WriteTime(draft, checkpoint);
                File.Move(draft, System.IO.Path.Combine(Path, CheckpointFile), overwrite: true);
                _written = checkpoint;
            }
            catch (IOException)
            {
                // A full disk: the former checkpoint stands.
                _written = default;
            }
        }
    }

    /// <summary>The index keeps microseconds.</summary>
    private DateTimeOffset Now()
    {
        var now = _time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static void WriteTime(string file, DateTimeOffset time)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(time.ToString("O", CultureInfo.InvariantCulture)));
        stream.Flush();
        Posix.FlushData(stream.SafeFileHandle);
    }
}
