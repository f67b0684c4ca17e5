using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries.Matching;

/// <summary>
/// A person name key. One component group: it matches any group of the name, so that "Yamada*" and "山田*" both find
/// "Yamada^Tarou=山田^太郎". More: each that is not empty matches the group in its place.
/// </summary>
internal sealed record NamePattern
{
    private readonly WildcardPattern?[] _groups;

    public NamePattern(string name)
    {
        Folded = PersonName.Fold(name);
        _groups = [.. Folded.Split('=').Select(g => g.Length == 0 || WildcardPattern.IsUniversal(g) ? null : new WildcardPattern(g))];
    }

    /// <summary>The key in the form that stored names are compared in.</summary>
    public string Folded { get; }

    /// <summary>A single group, to be found in any place.</summary>
    public WildcardPattern? AnyGroup => _groups is [{ } only] ? only : null;

    /// <summary>Patterns of groups by their place, from 0.</summary>
    public IEnumerable<(int Group, WildcardPattern Pattern)> Groups =>
        _groups.Select((pattern, group) => (group, pattern!)).Where(g => g.Item2 is not null);

    /// <summary>Nothing is asked.</summary>
    public bool IsUniversal => _groups.All(g => g is null);

    public bool IsMatch(string foldedName)
    {
        var groups = foldedName.Split('=');
        if (AnyGroup is { } any) return groups.Any(g => g.Length > 0 && any.IsMatch(g));
        return Groups.All(g => g.Group < groups.Length && groups[g.Group].Length > 0 && g.Pattern.IsMatch(groups[g.Group]));
    }

    public bool Equals(NamePattern? other) => other is not null && Folded == other.Folded;
    public override int GetHashCode() => Folded.GetHashCode(StringComparison.Ordinal);
}
