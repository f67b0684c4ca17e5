using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pacs.TestKit.Processes;

/// <summary>One running host program, and all that it has said.</summary>
internal sealed class HostProcess : IDisposable
{
    private const int SigTerm = 15;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log;

    /// <param name="project">"Pacs.Api".</param>
    /// <param name="wrapper">See <see cref="PacsServerOptions.Wrapper"/>.</param>
    /// <param name="settings">Environment variables.</param>
    /// <param name="log">Where its lines go.</param>
    public HostProcess(string project, IReadOnlyList<string> wrapper, IReadOnlyDictionary<string, string> settings, ConcurrentQueue<string> log)
    {
        _log = log;
        string[] command = [.. wrapper, "dotnet", RepositoryPaths.HostAssembly(project)];
        _process = ExternalProcess.Start(command[0], command[1..], RepositoryPaths.Root, settings);
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;
    public bool HasExited => _process.HasExited;
    public int ExitCode => _process.ExitCode;

    /// <summary>SIGKILL, to this process alone.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM: a stop in order.</summary>
    public void Terminate() => Signals.Send(_process.Id, SigTerm);

    public Task WaitForExitAsync(CancellationToken cancellation) => _process.WaitForExitAsync(cancellation);

    public void Dispose() => _process.Dispose();

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is { } line) _log.Enqueue(line);
    }
}
