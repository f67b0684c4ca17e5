using System.Diagnostics.Metrics;

namespace Pacs.Storage.DicomWeb;

/// <summary>What is asked of DICOMweb servers.</summary>
public sealed class DicomWebMetrics
{
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;

    public DicomWebMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Pacs");
        _requests = meter.CreateCounter<long>("pacs.dicomweb.client.requests", "{request}", "Requests to DICOMweb servers, by transaction and status (none: no answer).");
        _duration = meter.CreateHistogram<double>("pacs.dicomweb.client.duration", "s", "Time from a request to the headers of its answer, by transaction.");
    }

    internal void Sent(string transaction, string status, TimeSpan duration)
    {
        var name = new KeyValuePair<string, object?>("transaction", transaction);
        _requests.Add(1, name, new("status", status));
        _duration.Record(duration.TotalSeconds, name);
    }
}
