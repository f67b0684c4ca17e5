using System.Collections.Concurrent;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Blobs;

/// <summary>Folders whose entries are on stable storage.</summary>
internal sealed class Folders(string root)
{
    private const int Remembered = 50_000;
    private readonly ConcurrentDictionary<string, bool> _durable = new();

    public static void MakePrivate(string folder) =>
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    /// <summary>Flushes a folder, and once in the life of this process each one between it and the root, so that it can be found after a crash.</summary>
    public void Flush(string folder)
    {
        Posix.FlushDirectory(folder);
        if (_durable.ContainsKey(folder)) return;
        if (_durable.Count > Remembered) _durable.Clear();
        var made = new List<string>();
        for (var f = folder; f.Length > root.Length && !_durable.ContainsKey(f); f = Path.GetDirectoryName(f)!)
        {
            Posix.FlushDirectory(Path.GetDirectoryName(f)!);
            made.Add(f);
        }
        foreach (var f in made) _durable.TryAdd(f, true);
    }
}
