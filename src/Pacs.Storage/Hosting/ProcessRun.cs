using System.Diagnostics;

namespace Pacs.Storage.Hosting;

/// <summary>Runs a program to its end.</summary>
internal sealed record ProcessRun(int ExitCode, string Output)
{
    /// <summary>Both outputs together, in <c>C.UTF-8</c>, from the root folder: an account of fewer rights may not be able to enter ours.</summary>
    public static async Task<ProcessRun> ToEndAsync(IReadOnlyList<string> command, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return new ProcessRun(process.ExitCode, (await output + await errors).Trim());
    }
}
