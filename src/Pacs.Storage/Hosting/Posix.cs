using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pacs.Storage.Hosting;

/// <summary>What POSIX has and .NET does not wrap.</summary>
internal static partial class Posix
{
    private const int ReadOnlyDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC (x86-64; arm64 differs)
    private const int NoEntry = 2; // ENOENT

    /// <summary>Puts a file's bytes on stable storage.</summary>
    /// <exception cref="IOException">They may not be there, and trying again proves nothing.</exception>
    public static void FlushData(SafeFileHandle file)
    {
        if (FDataSync(file) != 0) throw Failure("fdatasync");
    }

    /// <summary>Puts a folder's entries on stable storage.</summary>
    /// <exception cref="IOException">They may not be there.</exception>
    public static void FlushDirectory(string folder)
    {
        using var handle = Open(folder, RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 | 0x80000 : ReadOnlyDirectory);
        if (handle.IsInvalid) throw Failure($"open {folder}");
        if (FDataSync(handle) != 0) throw Failure($"fdatasync {folder}");
    }

    /// <exception cref="IOException">Not permitted.</exception>
    public static void ChangeOwner(string path, int uid, int gid)
    {
        if (LChown(path, uid, gid) != 0) throw Failure($"chown {path}");
    }

    /// <summary>Gives a file another name on the same file system. Unlike <see cref="File.Move(string, string)"/> it never copies: what is flushed afterwards is the file itself.</summary>
    /// <exception cref="IOException">The names are on different file systems, or it cannot be done.</exception>
    /// <exception cref="DirectoryNotFoundException">The new name's folder, or the file, is not there.</exception>
    public static void Rename(string from, string to)
    {
        if (RenameFile(from, to) == 0) return;
        if (Marshal.GetLastPInvokeError() == NoEntry) throw new DirectoryNotFoundException($"{from} or the folder of {to} is not there.");
        throw Failure($"rename {from} to {to}");
    }

    /// <summary>Makes a folder that only its owner may enter; false when the name is taken.</summary>
    public static bool TryMakePrivateFolder(string path) => MkDir(path, 448) == 0; // 0700

    private static IOException Failure(string what) => new($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LChown(string path, int uid, int gid);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameFile(string from, string to);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkDir(string path, uint mode);
}
