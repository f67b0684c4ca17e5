using System.Diagnostics.Metrics;

namespace Pacs.Dimse.Retrieve;

/// <summary>What becomes of retrieved objects, on the meter "Pacs". Associations, requests and bytes are the toolkit's to count.</summary>
internal sealed class RetrieveMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _suboperations =
        meters.Create("Pacs").CreateCounter<long>("pacs.dimse.suboperations", "{object}", "C-STORE sub-operations of C-GET and C-MOVE, by outcome.");

    public void Add(string operation, string outcome, int count)
    {
        if (count > 0) _suboperations.Add(count, new("operation", operation), new("outcome", outcome));
    }
}
