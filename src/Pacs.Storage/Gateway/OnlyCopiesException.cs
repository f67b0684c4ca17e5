namespace Pacs.Storage.Gateway;

/// <summary>A peer that is not removed or sent elsewhere, because objects have their only file there.</summary>
/// <param name="peer">AE title of the archive.</param>
/// <param name="count">How many objects.</param>
public sealed class OnlyCopiesException(string peer, long count) : Exception($"{count} objects have their only file at {peer}.")
{
    public string Peer { get; } = peer;
    public long Count { get; } = count;
}
