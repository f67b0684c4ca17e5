namespace Pacs.Api.Stow;

/// <summary>The bulk data of a request, by what metadata refer to it by: Content-Location or, as "cid:", Content-ID (PS3.18 §8.6.1.2).</summary>
/// <param name="address">Of the request: relative references are relative to it.</param>
internal sealed class BulkParts(Uri address)
{
    private readonly List<BulkPart> _all = [];
    private readonly Dictionary<string, List<BulkPart>> _byPlace = new(StringComparer.Ordinal);

    public IReadOnlyList<BulkPart> All => _all;

    /// <summary>The same reference however it is written, absolute or relative. Nothing is ever fetched from it.</summary>
    public string? Normalize(string? place) =>
        place is null ? null : Uri.TryCreate(address, place.Trim(), out var uri) ? uri.AbsoluteUri : place.Trim();

    public void Add(BulkPart part)
    {
        _all.Add(part);
        if (part.Place is null) return;
        if (!_byPlace.TryGetValue(part.Place, out var parts)) _byPlace.Add(part.Place, parts = []);
        parts.Add(part);
    }

    /// <summary>The parts of a place in the order they came: several are frames.</summary>
    public IReadOnlyList<BulkPart> Find(string reference)
    {
        if (!_byPlace.TryGetValue(Normalize(reference)!, out var parts)) return [];
        foreach (var part in parts) part.IsUsed = true;
        return parts;
    }
}
