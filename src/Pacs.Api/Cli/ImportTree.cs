using Pacs.Storage.Hosting;

namespace Pacs.Api.Cli;

/// <summary>
/// The files below a folder. The archive's own folders are left out: they keep former versions of objects, which would
/// take the place of the present ones.
/// </summary>
internal sealed class ImportTree(PacsOptions options)
{
    private const string MediaStorageDirectory = "DICOMDIR";

    private readonly HashSet<string> _own = [options.BlobPath, options.IncomingPath, options.CachePath, options.QuarantinePath, Path.Combine(options.DataPath, "postgres")];
    private readonly HashSet<string> _linked = [];

    /// <summary>The archive's own folders that were passed over.</summary>
    public List<string> PassedOver { get; } = [];

    /// <summary>Folders that cannot be read, and why.</summary>
    public List<(string Folder, string Message)> Unreadable { get; } = [];

    /// <summary>What the folder belongs to when it is within what the archive keeps; null when it is not. What is in quarantine may be taken in.</summary>
    public string? OwnerOf(string folder) => _own.FirstOrDefault(own => own != options.QuarantinePath && IsWithin(folder, own));

    /// <summary>All files, in no order. A link to a folder is followed once, and not into the tree that it is in.</summary>
    public IEnumerable<string> Files(string root)
    {
        var folders = new Stack<string>([root]);
        while (folders.TryPop(out var folder))
        {
            if (folder != root && _own.Contains(folder))
            {
                PassedOver.Add(folder);
                continue;
            }
            foreach (var entry in EntriesOf(folder))
            {
                if (entry is not DirectoryInfo)
                {
                    if (!entry.Name.StartsWith(MediaStorageDirectory, StringComparison.OrdinalIgnoreCase)) yield return entry.FullName;
                }
                else if (entry.LinkTarget is null || IsToFollow(entry, root)) folders.Push(entry.FullName);
            }
        }
    }

    private bool IsToFollow(FileSystemInfo link, string root) =>
        link.ResolveLinkTarget(returnFinalTarget: true)?.FullName is { } target && !IsWithin(target, root) && !IsWithin(root, target) && _linked.Add(target);

    private FileSystemInfo[] EntriesOf(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).GetFileSystemInfos();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unreadable.Add((folder, e.Message));
            return [];
        }
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
