using System.Security.Cryptography;

namespace Pacs.Storage.Hosting;

/// <summary>
/// The folder of the private instance's socket: in the data folder, or – a socket's path has at most 107 bytes, and commas
/// and quotes mean something in connection strings – a short one elsewhere, whose name the data folder remembers.
/// </summary>
internal static class PostgresSocket
{
    private const int LongestPath = 107;
    private const string SocketName = "/.s.PGSQL.5432";

    /// <summary>The same for every process of this data folder.</summary>
    public static string FolderFor(string postgresFolder)
    {
        var inside = Path.Combine(postgresFolder, "run");
        if (inside.Length + SocketName.Length <= LongestPath && inside.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-')) return inside;
        var record = Path.Combine(postgresFolder, "socket-folder");
        for (; ; )
        {
            // A record that names another data folder was copied along with it.
            if (File.Exists(record))
            {
                if (File.ReadAllLines(record) is [var folder, var owner] && owner == postgresFolder) return folder;
                File.Delete(record);
            }
            var draft = $"{record}.{Environment.ProcessId}";
            File.WriteAllLines(draft, [ShortName(), postgresFolder]);
            File.SetUnixFileMode(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            try
            {
                File.Move(draft, record, overwrite: false);
            }
            catch (IOException)
            {
                File.Delete(draft);
            }
        }
    }

    /// <summary>Makes the folder, or checks that the one there is ours: anybody may make a folder in /tmp.</summary>
    /// <exception cref="PacsStartupException">It is somebody else's.</exception>
    public static async Task PrepareAsync(string folder, ServiceAccount account, CancellationToken cancellation)
    {
        if (Posix.TryMakePrivateFolder(folder))
        {
            account.Give(folder);
            return;
        }
        var found = await ProcessRun.ToEndAsync(["stat", "-c", "%u %a %F", folder], cancellation);
        var owner = account.Uid?.ToString() ?? (await ProcessRun.ToEndAsync(["id", "-u"], cancellation)).Output;
        if (found.Output != $"{owner} 700 directory")
            throw new PacsStartupException($"{folder}, which has to hold the database's socket, cannot be made or is not a private folder of the service account ({found.Output}): remove it, or the file socket-folder that names it.");
    }

    private static string ShortName()
    {
        var candidates = Environment.IsPrivilegedProcess ? new[] { "/run" } : [Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? "", "/tmp"];
        var parent = candidates.FirstOrDefault(c => c.Length is > 0 and < 60 && Directory.Exists(c)) ?? "/tmp";
        return Path.Combine(parent, $"pacs-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
    }
}
