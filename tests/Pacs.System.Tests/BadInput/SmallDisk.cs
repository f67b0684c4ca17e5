using Pacs.TestKit;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.BadInput;

/// <summary>A file system of a few megabytes, to be filled.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _mount;

    private SmallDisk() => _mount = Directory.CreateDirectory(_folder.File("disk")).FullName;

    /// <summary>Null, and said so, where this account may not mount anything.</summary>
    public static async Task<SmallDisk?> TryMountAsync(int megabytes, Action<string> say)
    {
        var disk = new SmallDisk();
        var mounted = await SudoAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0777", "tmpfs", disk._mount);
        if (mounted.Succeeded) return disk;
        say($"No small file system can be mounted here, nothing checked: {mounted.AllOutput}");
        disk._folder.Dispose();
        return null;
    }

    public string File(string name) => Path.Combine(_mount, name);

    public void Dispose()
    {
        SudoAsync("umount", "--lazy", _mount).GetAwaiter().GetResult().EnsureSucceeded();
        _folder.Dispose();
    }

    private static Task<ProcessResult> SudoAsync(params IReadOnlyList<string> command) =>
        Environment.IsPrivilegedProcess ? ExternalProcess.RunAsync(command[0], command.Skip(1)) : ExternalProcess.RunAsync("sh", ["-c", "sudo -n \"$@\"", "sh", .. command]);
}
