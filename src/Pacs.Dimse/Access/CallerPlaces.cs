using System.Runtime.InteropServices;

namespace Pacs.Dimse.Access;

/// <summary>Counts the associations of each calling AE title, and gives places as long as there are some.</summary>
internal sealed class CallerPlaces
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = [];

    /// <summary>A place, given back when it is disposed. Null when all are taken.</summary>
    /// <param name="aeTitle">Who takes it.</param>
    /// <param name="limit">Places that it has; null for as many as it likes.</param>
    public IDisposable? TryTake(string aeTitle, int? limit)
    {
        lock (_lock)
        {
            if (limit <= _taken.GetValueOrDefault(aeTitle)) return null;
            CollectionsMarshal.GetValueRefOrAddDefault(_taken, aeTitle, out _)++;
            return new Place(this, aeTitle);
        }
    }

    private void GiveBack(string aeTitle)
    {
        lock (_lock)
        {
            if (--_taken[aeTitle] == 0) _taken.Remove(aeTitle);
        }
    }

    private sealed class Place(CallerPlaces places, string aeTitle) : IDisposable
    {
        private int _isGivenBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGivenBack, 1) == 0) places.GiveBack(aeTitle);
        }
    }
}
