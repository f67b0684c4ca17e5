namespace Pacs.Dicom.Net;

/// <summary>How many associations there may be at a time, and whether there may be new ones at all.</summary>
internal sealed class AssociationPlaces(int count)
{
    private int _free = count;
    private volatile bool _areClosed;

    /// <summary>The listener stops.</summary>
    public bool AreClosed => _areClosed;

    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0) return true;
        Return();
        return false;
    }

    public void Return() => Interlocked.Increment(ref _free);

    public void Close() => _areClosed = true;
}
