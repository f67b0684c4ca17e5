using System.Globalization;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Blobs;

/// <summary>Blobs as files in a tree that a person can browse.</summary>
public sealed class FileBlobStore : IBlobStore
{
    private readonly string _root;
    private readonly string _quarantine;
    private readonly WriterFolder _writer;
    private readonly TimeProvider _time;
    private readonly Folders _folders;
    private long _parts;

    public FileBlobStore(PacsOptions options, WriterFolder writer, TimeProvider time)
    {
        (_root, _quarantine, _writer, _time) = (options.BlobPath, options.QuarantinePath, writer, time);
        _folders = new Folders(_root);
        Folders.MakePrivate(_root);
    }

    public long FreeBytes => new DriveInfo(_root).AvailableFreeSpace;

    public BlobWriter Create()
    {
        var part = Path.Combine(_writer.Path, string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _parts)}.part"));
        return new FileBlobWriter(this, part);
    }

    public IBlob Open(string key) => new FileBlob(PathOf(key));

    public void Flush(string key)
    {
        using var file = File.OpenHandle(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Posix.FlushData(file);
        _folders.Flush(Path.GetDirectoryName(PathOf(key))!);
    }

    public void Delete(string key)
    {
        try
        {
            File.Delete(PathOf(key));
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }
        RemoveEmptyFolders(key);
    }

    public void Quarantine(string key)
    {
        var target = Path.Combine(_quarantine, key.Replace('/', Path.DirectorySeparatorChar));
        Folders.MakePrivate(Path.GetDirectoryName(target)!);
        File.Move(PathOf(key), target, overwrite: true);
        RemoveEmptyFolders(key);
    }

    public IEnumerable<BlobEntry> Enumerate() => Files(new DirectoryInfo(_root));

    /// <summary>Blobs received in the hour.</summary>
    internal IEnumerable<BlobEntry> EnumerateHour(DateTimeOffset hour) => Files(new DirectoryInfo(Path.Combine(_root, BlobKey.HourFolder(hour))));

    /// <summary>Keys are ours, but come back from a database: one that leaves the tree is refused.</summary>
    internal string PathOf(string key)
    {
        var path = Path.GetFullPath(Path.Combine(_root, key));
        return path.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : throw new IOException($"{key} is no blob's name.");
    }

    /// <summary>The name is taken only if it is free.</summary>
    internal string Publish(string part, string key)
    {
        var path = PathOf(key);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (File.Exists(path)) throw new IOException($"{path} is there already.");
                Posix.Rename(part, path);
                return path;
            }
            catch (DirectoryNotFoundException) when (attempt < 10)
            {
                Folders.MakePrivate(Path.GetDirectoryName(path)!);
            }
        }
    }

    internal void FlushFolder(string folder) => _folders.Flush(folder);

    // Folder by folder, so that memory does not grow with the archive.
    private IEnumerable<BlobEntry> Files(DirectoryInfo folder)
    {
        if (!folder.Exists) yield break;
        foreach (var file in folder.EnumerateFiles("*.dcm").OrderBy(f => f.Name, StringComparer.Ordinal))
            yield return new BlobEntry(Path.GetRelativePath(_root, file.FullName), file.Length, file.LastWriteTimeUtc);
        foreach (var child in folder.EnumerateDirectories().OrderBy(d => d.Name, StringComparer.Ordinal))
            foreach (var entry in Files(child))
                yield return entry;
    }

    // Only long after the hour: another process may be about to put a blob there, trusting that the folder is durable.
    private void RemoveEmptyFolders(string key)
    {
        if (string.CompareOrdinal(key, BlobKey.HourFolder(_time.GetUtcNow().AddDays(-2))) > 0) return;
        try
        {
            for (var folder = Path.GetDirectoryName(PathOf(key))!; folder.Length > _root.Length; folder = Path.GetDirectoryName(folder)!) Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Not empty: where the tree is still in use.
            return;
        }
    }
}
