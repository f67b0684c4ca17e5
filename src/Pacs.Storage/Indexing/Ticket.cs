namespace Pacs.Storage.Indexing;

/// <summary>An entry that waits for its commit.</summary>
internal sealed class Ticket(IndexEntry entry, long since)
{
    private readonly object _gate = new();
    private IndexOutcome? _outcome;

    public IndexEntry Entry { get; } = entry;

    /// <summary>Time stamp of its coming.</summary>
    public long Since { get; } = since;

    public void Complete(IndexOutcome outcome)
    {
        lock (_gate)
        {
            _outcome = outcome;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Blocks without spinning: other threads need the processor to make this end.</summary>
    public IndexOutcome Wait()
    {
        lock (_gate)
        {
            while (_outcome is null) Monitor.Wait(_gate);
            return _outcome.Value;
        }
    }
}
