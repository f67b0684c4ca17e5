using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Setup;

internal static class CleanClone
{
    /// <summary>What a clone would hold, uncommitted changes included.</summary>
    public static async Task<string> MakeAsync(string target)
    {
        Directory.CreateDirectory(target);
        const string Copy = "set -o pipefail; tar -c --exclude=bin --exclude=obj --exclude=./.git --exclude=./data --exclude=./artifacts . | tar -x -C \"$1\"";
        (await ExternalProcess.RunAsync("bash", ["-c", Copy, "bash", target], workingDirectory: RepositoryPaths.Root)).EnsureSucceeded();
        return target;
    }

    /// <summary>Spares the time of another build, if the tests run from one that serves.</summary>
    public static async Task CopyBuildAsync(string clone)
    {
        const string Output = "src/Pacs.Api/bin/Release";
        if (!Directory.Exists(Path.Combine(RepositoryPaths.Root, Output))) return;
        Directory.CreateDirectory(Path.Combine(clone, Output));
        (await ExternalProcess.RunAsync("cp", ["-a", Path.Combine(RepositoryPaths.Root, Output, "net10.0"), Path.Combine(clone, Output)])).EnsureSucceeded();
        await File.WriteAllTextAsync(Path.Combine(clone, Output, "net10.0", ".built"), "");
    }
}
