using Pacs.Storage.Jobs;

namespace Pacs.Worker.Tests.Engine;

/// <summary>A kind of job that does what the test says.</summary>
internal sealed class ScriptedKind(string name, Func<JobRun, CancellationToken, Task> run) : IJobKind
{
    public string Name => name;
    public bool NeedsPeer => false;
    public Task RunAsync(JobRun job, CancellationToken cancellation) => run(job, cancellation);
}
