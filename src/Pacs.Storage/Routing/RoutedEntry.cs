namespace Pacs.Storage.Routing;

/// <summary>An object that is being stored, with the rules that take it: those of the version that it was held against.</summary>
internal sealed class RoutedEntry(RoutingSubject subject)
{
    public RoutingSubject Subject { get; } = subject;

    /// <summary>Of the rules.</summary>
    public long Version { get; private set; }

    public IReadOnlyList<(long Id, RoutingRule Rule)> Rules { get; private set; } = [];
    public bool CameBack { get; private set; }

    public void Hold(RoutingSnapshot rules)
    {
        if (rules.Version == Version) return;
        (Version, Rules) = (rules.Version, rules.Take(Subject));
        CameBack = Rules.Count > 0 && rules.CameBack(Subject);
    }
}
