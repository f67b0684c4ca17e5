using System.Diagnostics.Metrics;
using Pacs.Storage.Jobs;

namespace Pacs.Worker.Engine;

/// <summary>What the job engine counts, on the meter "Pacs".</summary>
internal sealed class WorkerMetrics
{
    private readonly Counter<long> _runs;
    private readonly Counter<long> _objects;
    private readonly Histogram<double> _duration;

    public WorkerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Pacs");
        _runs = meter.CreateCounter<long>("pacs.jobs.runs", "{run}", "Runs of jobs, by kind and the state they ended in.");
        _objects = meter.CreateCounter<long>("pacs.jobs.objects", "{object}", "Objects that jobs brought to success, by kind.");
        _duration = meter.CreateHistogram<double>("pacs.jobs.duration", "s", "Time of a run, by kind.");
    }

    public void Ran(string kind, JobState state, int objects, TimeSpan duration)
    {
        var name = new KeyValuePair<string, object?>("kind", kind);
        _runs.Add(1, name, new("state", state.ToString()));
        _objects.Add(objects, name);
        _duration.Record(duration.TotalSeconds, name);
    }
}
