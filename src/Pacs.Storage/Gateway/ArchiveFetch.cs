using Microsoft.Win32.SafeHandles;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;

namespace Pacs.Storage.Gateway;

/// <summary>
/// One file on its way from an archive to the cache, readable while it arrives by all who want it. Its last byte is held
/// back until the whole is known to be what it was.
/// </summary>
internal sealed class ArchiveFetch
{
    public const string OtherBytes = "The archive gives other bytes than it was sent: it changes or re-encodes objects.";

    private readonly Lock _gate = new();
    private readonly SafeFileHandle _file;
    private readonly string _part;
    private Crc32C _crc = new();
    private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _written;
    private bool _isWhole;
    private string? _failure;

    /// <summary>The fetch itself, and every reader.</summary>
    private int _users = 1;

    public ArchiveFetch(RemoteBlob blob, string part)
    {
        (Blob, _part) = (blob, part);
        _file = File.OpenHandle(part, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.Write(_file, blob.FileHeader, 0);
        _written = blob.FileHeader.Length;
    }

    public RemoteBlob Blob { get; }

    /// <summary>Bytes of the data set that are here.</summary>
    public long DatasetWritten => Volatile.Read(ref _written) - Blob.FileHeader.Length;

    /// <summary>A reader; null when the fetch has ended and its file is closed.</summary>
    public IBlob? TryOpen()
    {
        lock (_gate)
        {
            if (_users == 0 || _failure is not null) return null;
            _users++;
        }
        return new Reader(this);
    }

    /// <exception cref="InvalidDataException">More than the file has.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Blob.Length - _written) throw new InvalidDataException(OtherBytes);
        RandomAccess.Write(_file, bytes, _written);
        _crc.Append(bytes);
        lock (_gate) _written += bytes.Length;
        Tell();
    }

    /// <summary>The archive says that it was all.</summary>
    /// <returns>The file, on stable storage.</returns>
    /// <exception cref="EndOfStreamException">It was not.</exception>
    /// <exception cref="InvalidDataException">It is not what it was.</exception>
    public string Complete()
    {
        if (_written < Blob.Length) throw new EndOfStreamException($"The archive ended after {_written} of {Blob.Length} bytes.");
        if (_crc.Value != Blob.DatasetCrc) throw new InvalidDataException(OtherBytes);
        Posix.FlushData(_file);
        lock (_gate) _isWhole = true;
        Tell();
        return _part;
    }

    /// <summary>Takes the file's name away; who reads it can read on.</summary>
    public void Discard() => File.Delete(_part);

    /// <summary>Nothing more comes. After <see cref="Complete"/> it changes nothing for readers.</summary>
    public void End(string? failure)
    {
        lock (_gate)
        {
            if (!_isWhole) _failure = failure ?? "The fetch ended.";
        }
        Tell();
        Leave();
    }

    private long Available => _isWhole ? Blob.Length : Math.Min(_written, Blob.Length - 1);

    private void Tell()
    {
        TaskCompletionSource former;
        lock (_gate) (former, _progress) = (_progress, new(TaskCreationOptions.RunContinuationsAsynchronously));
        former.TrySetResult();
    }

    /// <summary>Null when there are bytes at the offset; else what tells of the next.</summary>
    private Task? Next(long offset)
    {
        lock (_gate)
        {
            if (offset >= Blob.Length || offset < Available) return null;
            return _failure is null ? _progress.Task : throw new ArchiveFetchException(_failure);
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0) return;
        }
        _file.Dispose();
    }

    private sealed class Reader(ArchiveFetch fetch) : IBlob
    {
        private int _isDisposed;

        public long Length => fetch.Blob.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            while (fetch.Next(offset) is { } next) next.GetAwaiter().GetResult();
            long available;
            lock (fetch._gate) available = fetch.Available;
            var count = (int)Math.Clamp(available - offset, 0, buffer.Length);
            return count == 0 ? 0 : RandomAccess.Read(fetch._file, buffer[..count], offset);
        }

        public async ValueTask WaitAsync(long offset, CancellationToken cancellation)
        {
            while (fetch.Next(offset) is { } next) await next.WaitAsync(cancellation);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0) fetch.Leave();
        }
    }
}
