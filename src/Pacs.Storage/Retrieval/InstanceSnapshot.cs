using System.Runtime.CompilerServices;

namespace Pacs.Storage.Retrieval;

/// <summary>
/// What a selector named when it was asked, by series and instance number. What comes later is not in it, what is replaced
/// meanwhile comes as its new version. Few instances are held at a time, and no database connection between them.
/// </summary>
public sealed class InstanceSnapshot
{
    /// <summary>Objects that are fetched from an archive before their turn.</summary>
    private const int Ahead = 4;

    private readonly InstanceRows _rows;
    private readonly IReadOnlyList<StoredInstance> _first;
    private readonly IReadOnlyList<string> _here;
    private IReadOnlyList<Func<CancellationToken, Task<StoredInstance?>>> _elsewhere = [];

    /// <param name="rows">Reads the others.</param>
    /// <param name="first">Those that came with the first round trip.</param>
    /// <param name="sopInstanceUids">Of all, in order, those included.</param>
    /// <param name="kinds">Of all.</param>
    internal InstanceSnapshot(InstanceRows rows, IReadOnlyList<StoredInstance> first, IReadOnlyList<string> sopInstanceUids, IReadOnlyList<ObjectKind> kinds) =>
        (_rows, _first, _here, SopInstanceUids, Kinds) = (rows, first, sopInstanceUids, sopInstanceUids, kinds);

    /// <summary>Of all, in order.</summary>
    public IReadOnlyList<string> SopInstanceUids { get; private init; }

    /// <summary>Distinct, in the order of their first instances.</summary>
    public IReadOnlyList<ObjectKind> Kinds { get; }

    /// <summary>The same, and after them what only an archive behind this one has.</summary>
    /// <param name="elsewhere">Each with what fetches it; null when it cannot be had.</param>
    public InstanceSnapshot With(IReadOnlyList<(string SopInstanceUid, Func<CancellationToken, Task<StoredInstance?>> Fetch)> elsewhere) =>
        new(_rows, _first, _here, Kinds) { SopInstanceUids = [.. _here, .. elsewhere.Select(e => e.SopInstanceUid)], _elsewhere = [.. elsewhere.Select(e => e.Fetch)] };

    /// <summary>Each of <see cref="SopInstanceUids"/>; null for one that was deleted meanwhile, or cannot be had from its archive.</summary>
    public async IAsyncEnumerable<StoredInstance?> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var instance in _first) yield return instance;
        await foreach (var (instance, _) in _rows.ReadAsync(_here.Skip(_first.Count), withHeaders: false, cancellation)) yield return instance;

        var (under, next) = (new Queue<Task<StoredInstance?>>(), 0);
        do
        {
            while (under.Count < Ahead && next < _elsewhere.Count) under.Enqueue(_elsewhere[next++](cancellation));
            if (under.TryDequeue(out var first)) yield return await first;
        }
        while (under.Count > 0);
    }
}
