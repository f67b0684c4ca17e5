namespace Pacs.Storage.Ingest;

/// <summary>Objects of one SOP Instance UID are stored one after another: the second has to see what became of the first.</summary>
internal sealed class UidTurns
{
    private readonly HashSet<string> _taken = [];

    /// <summary>Waits for its turn; dispose to pass it on.</summary>
    public Turn Take(string uid)
    {
        lock (_taken)
        {
            while (!_taken.Add(uid)) Monitor.Wait(_taken);
        }
        return new Turn(this, uid);
    }

    public readonly struct Turn(UidTurns turns, string uid) : IDisposable
    {
        public void Dispose()
        {
            lock (turns._taken)
            {
                turns._taken.Remove(uid);
                Monitor.PulseAll(turns._taken);
            }
        }
    }
}
