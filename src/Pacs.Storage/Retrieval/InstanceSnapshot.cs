using System.Runtime.CompilerServices;

namespace Pacs.Storage.Retrieval;

/// <summary>
/// What a selector named when it was asked, by series and instance number. What comes later is not in it, what is replaced
/// meanwhile comes as its new version. Few instances are held at a time, and no database connection between them.
/// </summary>
public sealed class InstanceSnapshot
{
    private readonly InstanceRows _rows;
    private readonly IReadOnlyList<StoredInstance> _first;

    /// <param name="rows">Reads the others.</param>
    /// <param name="first">Those that came with the first round trip.</param>
    /// <param name="sopInstanceUids">Of all, in order, those included.</param>
    /// <param name="kinds">Of all.</param>
    internal InstanceSnapshot(InstanceRows rows, IReadOnlyList<StoredInstance> first, IReadOnlyList<string> sopInstanceUids, IReadOnlyList<ObjectKind> kinds) =>
        (_rows, _first, SopInstanceUids, Kinds) = (rows, first, sopInstanceUids, kinds);

    /// <summary>Of all, in order.</summary>
    public IReadOnlyList<string> SopInstanceUids { get; }

    /// <summary>Distinct, in the order of their first instances.</summary>
    public IReadOnlyList<ObjectKind> Kinds { get; }

    /// <summary>Each of <see cref="SopInstanceUids"/>; null for one that was deleted meanwhile.</summary>
    public async IAsyncEnumerable<StoredInstance?> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var instance in _first) yield return instance;
        await foreach (var (instance, _) in _rows.ReadAsync(SopInstanceUids.Skip(_first.Count), withHeaders: false, cancellation)) yield return instance;
    }
}
