using Pacs.Storage.Hosting;

namespace Pacs.Storage.Blobs;

/// <summary>A file in the blob folder that says whose it is: another disk in its place, or a half-copied tree, is not mistaken for it.</summary>
internal static class ArchiveMark
{
    public const string FileName = "archive.id";

    /// <summary>Null when the folder has none.</summary>
    /// <exception cref="PacsStartupException">It cannot be read.</exception>
    public static Guid? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        return Guid.TryParse(File.ReadAllText(path).Trim(), out var id) ? id : throw new PacsStartupException($"{path} says nothing: restore it, or remove it if this folder is the archive's.");
    }

    public static void Write(string folder, Guid id)
    {
        var next = Path.Combine(folder, $".{FileName}.{Guid.NewGuid():N}");
        File.WriteAllText(next, $"{id}\n");
        File.Move(next, Path.Combine(folder, FileName), overwrite: true);
        Posix.FlushDirectory(folder);
    }
}
