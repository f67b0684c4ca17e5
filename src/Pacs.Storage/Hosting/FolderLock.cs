namespace Pacs.Storage.Hosting;

/// <summary>A lock among processes that ends with its holder, however that ends (flock).</summary>
internal static class FolderLock
{
    /// <summary>Shared with other holders of the shared lock; null when somebody has it alone.</summary>
    public static FileStream? TryShared(string file) => TryOpen(file, FileShare.ReadWrite);

    /// <summary>Alone; null when somebody has it.</summary>
    public static FileStream? TryExclusive(string file) => TryOpen(file, FileShare.None);

    public static async Task<FileStream> ExclusiveAsync(string file, CancellationToken cancellation)
    {
        for (; ; )
        {
            if (TryExclusive(file) is { } held) return held;
            await Task.Delay(20, cancellation);
        }
    }

    private static FileStream? TryOpen(string file, FileShare share)
    {
        try
        {
            return new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = share,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            return null;
        }
    }
}
