namespace Pacs.Storage.Routing;

/// <summary>A condition that was read: a leaf, or several of which all or any have to hold.</summary>
internal sealed class RoutingTest
{
    private readonly string _text;
    private readonly Func<RoutingSubject, bool>? _leaf;
    private readonly RoutingTest[] _parts = [];
    private readonly bool _any;

    /// <param name="text">The condition for a person, without values of patients.</param>
    /// <param name="leaf">Whether it holds.</param>
    public RoutingTest(string text, Func<RoutingSubject, bool> leaf) => (_text, _leaf) = (text, leaf);

    private RoutingTest(string text, RoutingTest[] parts, bool any) => (_text, _parts, _any) = (text, parts, any);

    public static RoutingTest All(IEnumerable<RoutingTest> parts) => new("", [.. parts], any: false);

    public static RoutingTest Any(string text, IEnumerable<RoutingTest> parts) => new(text, [.. parts], any: true);

    public bool IsMet(RoutingSubject subject)
    {
        if (_leaf is not null) return _leaf(subject);
        foreach (var part in _parts)
            if (part.IsMet(subject) == _any) return _any;
        return !_any;
    }

    /// <summary>The first condition that does not hold; null when all is well.</summary>
    public string? FirstUnmet(RoutingSubject subject)
    {
        if (IsMet(subject)) return null;
        return _leaf is not null || _any ? _text : _parts.Select(p => p.FirstUnmet(subject)).First(u => u is not null);
    }
}
