using System.Diagnostics.Metrics;
using Pacs.Dicom.Messages;

namespace Pacs.Dimse.Server;

/// <summary>What the listener counts, on the meter "Pacs".</summary>
internal sealed class DimseMetrics
{
    private readonly Counter<long> _operations;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _suboperations;

    public DimseMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Pacs");
        _operations = meter.CreateCounter<long>("pacs.dimse.operations", "{operation}", "DIMSE requests performed, by operation and status.");
        _duration = meter.CreateHistogram<double>("pacs.dimse.duration", "s", "Time from a request to its final response.");
        _bytes = meter.CreateCounter<long>("pacs.dimse.received", "By", "Bytes of data sets received by C-STORE.");
        _suboperations = meter.CreateCounter<long>("pacs.dimse.suboperations", "{object}", "C-STORE sub-operations of C-GET and C-MOVE, by outcome.");
    }

    public void Operation(string operation, DimseStatus status, TimeSpan duration)
    {
        var name = new KeyValuePair<string, object?>("operation", operation);
        _operations.Add(1, name, new("status", status.Value.ToString("X4")));
        _duration.Record(duration.TotalSeconds, name);
    }

    public void Received(long bytes) => _bytes.Add(bytes);

    public void Suboperations(string operation, string outcome, int count)
    {
        if (count > 0) _suboperations.Add(count, new("operation", operation), new("outcome", outcome));
    }

    /// <summary>Associations are counted by asking the listener, which knows.</summary>
    public static void Associations(IMeterFactory meters, Func<int> active) =>
        meters.Create("Pacs").CreateObservableGauge("pacs.dimse.associations", active, "{association}", "Associations open now.");
}
