using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Gateway;

/// <summary>
/// Files fetched from archives, in a folder that all processes share and that may be emptied at any time. Nothing is
/// remembered of it but what the file system tells: when a file was last used is its time of access.
/// </summary>
public sealed class BlobCache
{
    private const string Part = ".part";

    /// <summary>Shares of the limit: what comes in between two looks at the folder, and what a look leaves. So a few processes stay within the limit together.</summary>
    private const int Shares = 16, SharesLeft = 12;

    private static readonly TimeSpan PartAge = TimeSpan.FromHours(6);
    private static readonly TimeSpan MeasureInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UseInterval = TimeSpan.FromMinutes(1);

    private readonly string _root;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly ILogger<BlobCache> _log;
    private readonly Lock _gate = new();
    private readonly long _reserve;
    private long _sinceLook = long.MaxValue / 2;
    private long _free;
    private long _measuredAt;

    public BlobCache(PacsOptions options, TimeProvider time, ILogger<BlobCache> log) =>
        (_root, _limit, _reserve, _time, _log) = (options.CachePath, options.Gateway.CacheBytes, options.Storage.ReserveBytes, time, log);

    /// <summary>Null when it is not there as a whole.</summary>
    internal IBlob? TryOpen(string blobKey)
    {
        var path = PathOf(blobKey);
        try
        {
            var blob = new FileBlob(path);
            Touch(path);
            return blob;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>A file to write to, and to be kept or removed.</summary>
    internal string NewPart()
    {
        Folders.MakePrivate(_root);
        return Path.Combine(_root, $"{Guid.NewGuid():N}{Part}");
    }

    /// <summary>Before each piece that is written: an archive that sends without end, or many fetches at a time, take nothing of what is kept for objects that are received.</summary>
    /// <exception cref="IOException">The disk has no more than its reserve left.</exception>
    internal void EnsureRoom()
    {
        lock (_gate)
        {
            if (_measuredAt == 0 || _time.GetElapsedTime(_measuredAt) > MeasureInterval) (_free, _measuredAt) = (new DriveInfo(_root).AvailableFreeSpace, _time.GetTimestamp());
            if (_free <= _reserve) throw new IOException("There is no room to fetch it: no more than Pacs:Storage:ReserveBytes is left on the disk of the cache.");
        }
    }

    /// <summary>Takes a file that is whole and on stable storage.</summary>
    /// <param name="part">The file.</param>
    /// <param name="blobKey">Whose it is.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="isWanted">It is read from here: it is kept for now, however long it is.</param>
    internal void Keep(string part, string blobKey, long length, bool isWanted = false)
    {
        if (!isWanted && length > _limit / Shares)
        {
            // It would take the place of too many others.
            File.Delete(part);
            return;
        }
        lock (_gate)
        {
            _sinceLook += length;
            if (_sinceLook > _limit / Shares)
            {
                Trim(length);
                _sinceLook = 0;
            }
        }
        var path = PathOf(blobKey);
        Folders.MakePrivate(Path.GetDirectoryName(path)!);
        File.Move(part, path, overwrite: true);
    }

    internal void Remove(string blobKey) => Delete(PathOf(blobKey));

    /// <summary>Files and bytes that are kept now.</summary>
    public (long Files, long Bytes) Measure()
    {
        var (files, bytes) = (0L, 0L);
        foreach (var file in Files())
        {
            files++;
            bytes += LengthOf(file);
        }
        return (files, bytes);
    }

    /// <summary>Makes room for one more.</summary>
    private void Trim(long length)
    {
        var now = _time.GetUtcNow();
        foreach (var part in new DirectoryInfo(_root).EnumerateFiles("*" + Part))
            if (now - part.LastWriteTimeUtc > PartAge) part.Delete();
        var files = Files().OrderBy(f => f.LastAccessTimeUtc).ToList();
        var bytes = length + files.Sum(LengthOf);
        var removed = 0;
        foreach (var file in files.TakeWhile(_ => bytes > _limit / Shares * SharesLeft))
        {
            bytes -= LengthOf(file);
            Delete(file.FullName);
            removed++;
        }
        if (removed > 0) _log.Evicted(removed, bytes);
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was ever kept there, or all has gone.
            return;
        }
    }

    /// <summary>0 of a file that another process has let go meanwhile.</summary>
    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private IEnumerable<FileInfo> Files() =>
        Directory.Exists(_root) ? new DirectoryInfo(_root).EnumerateFiles("*.dcm", SearchOption.AllDirectories) : [];

    /// <summary>Whether or not the file system keeps times of access itself.</summary>
    private void Touch(string path)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        try
        {
            if (now - File.GetLastAccessTimeUtc(path) > UseInterval) File.SetLastAccessTimeUtc(path, now);
        }
        catch (FileNotFoundException)
        {
            // Evicted by another process; who has it open can read on.
            return;
        }
    }

    private string PathOf(string blobKey)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(blobKey)).AsSpan(0, 16));
        return Path.Combine(_root, name[..2], name + ".dcm");
    }
}
