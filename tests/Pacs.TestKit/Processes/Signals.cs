using System.Runtime.InteropServices;

namespace Pacs.TestKit.Processes;

internal static partial class Signals
{
    /// <summary>kill(2). A process that is gone already is no error.</summary>
    public static void Send(int processId, int signal) => _ = Kill(processId, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);
}
