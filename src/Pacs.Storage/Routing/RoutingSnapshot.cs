using Pacs.Dicom.Dictionaries;

namespace Pacs.Storage.Routing;

/// <summary>The rules as they were at one moment, ready to be held against objects.</summary>
internal sealed class RoutingSnapshot
{
    private readonly (long Id, RoutingRule Rule, RoutingTest Test)[] _rules;

    /// <param name="version">Of what the database holds.</param>
    /// <param name="archive">What this archive is called in what it changes and sends.</param>
    /// <param name="rules">In any order, disabled ones too.</param>
    public RoutingSnapshot(long version, string archive, IEnumerable<(long Id, RoutingRule Rule)> rules)
    {
        (Version, Archive) = (version, archive);
        _rules =
        [
            .. rules.Where(r => r.Rule.IsEnabled).OrderBy(r => r.Rule.Position).ThenBy(r => r.Rule.Name, StringComparer.Ordinal)
                .Select(r => (r.Id, r.Rule, r.Rule.Condition is { } condition ? new RoutingConditionReader([]).Read(condition, "condition") : RoutingTest.All([]))),
        ];
    }

    /// <summary>Changes with the rules. 0: nothing was read yet.</summary>
    public long Version { get; }

    /// <summary>What this archive is called in what it changes and sends.</summary>
    public string Archive { get; }

    /// <summary>Enabled rules, in order.</summary>
    public IEnumerable<(long Id, RoutingRule Rule)> Enabled => _rules.Select(r => (r.Id, r.Rule));

    /// <summary>The rules that take the object, in order.</summary>
    public IReadOnlyList<(long Id, RoutingRule Rule)> Take(RoutingSubject subject)
    {
        if (_rules.Length == 0) return [];
        List<(long, RoutingRule)>? taking = null;
        foreach (var (id, rule, test) in _rules)
        {
            if (!test.IsMet(subject)) continue;
            (taking ??= []).Add((id, rule));
            if (rule.Stop) break;
        }
        return taking ?? [];
    }

    /// <summary>What each rule says of the object; null for one that takes it.</summary>
    public IEnumerable<(RoutingRule Rule, string? Unmet)> Explain(RoutingSubject subject)
    {
        RoutingRule? stopped = null;
        foreach (var (_, rule, test) in _rules)
        {
            var unmet = stopped is null ? test.FirstUnmet(subject) : $"rule {stopped.Name} took it and stops there";
            yield return (rule, unmet);
            if (unmet is null && rule.Stop) stopped = rule;
        }
    }

    /// <summary>This archive changed and sent it once: Modifying System (PS3.3 §C.12.1.1.9).</summary>
    public bool CameBack(RoutingSubject subject) =>
        subject.Dataset.GetItems(Tags.OriginalAttributesSequence).Any(item => item.GetString(Tags.ModifyingSystem) == Archive);
}
