using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pacs.TestKit.Processes;

/// <summary>A program that runs until it is told to stop, and all that it has said.</summary>
public sealed class RunningProgram : IDisposable
{
    private const int SigKill = 9, SigTerm = 15;
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log;

    /// <param name="command">The program and its arguments.</param>
    /// <param name="workingDirectory">Where it runs.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    /// <param name="log">Where its lines go; a queue of its own when null.</param>
    public RunningProgram(IReadOnlyList<string> command, string workingDirectory, IReadOnlyDictionary<string, string> environment, ConcurrentQueue<string>? log = null)
    {
        _log = log ?? new();
        _process = ExternalProcess.Start(command[0], command.Skip(1), workingDirectory, environment);
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;
    public bool HasExited => _process.HasExited;
    public int ExitCode => _process.ExitCode;
    public IReadOnlyCollection<string> Log => _log;
    public string Output => string.Join('\n', _log);

    /// <summary>SIGTERM, and waits for the end. Returns the exit code.</summary>
    /// <exception cref="TimeoutException">It does not end.</exception>
    public async Task<int> TerminateAsync()
    {
        Signals.Send(Id, SigTerm);
        using var limit = new CancellationTokenSource(StopTimeout);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} did not stop:\n{Output}");
        }
        return ExitCode;
    }

    /// <summary>SIGKILL to it and to all that descend from it, and waits for the end.</summary>
    public async Task KillAsync()
    {
        foreach (var id in ProcessTree.WithDescendants(Id)) Signals.Send(id, SigKill);
        await _process.WaitForExitAsync();
    }

    public Task WaitForExitAsync() => _process.WaitForExitAsync();

    /// <summary>Kills it if it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is { } line) _log.Enqueue(line);
    }
}
