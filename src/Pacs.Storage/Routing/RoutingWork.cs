using Pacs.Storage.Peers;

namespace Pacs.Storage.Routing;

/// <summary>The objects of one study that one rule has to do something with, and what came of it.</summary>
internal sealed class RoutingWork(RoutingRule rule, string study, IReadOnlyList<RoutedObject> objects, string archive, IReadOnlyDictionary<string, Peer> peers)
{
    private readonly List<(string Peer, string Reason)> _cuts = [];

    public RoutingRule Rule => rule;
    public string Study => study;
    public IReadOnlyList<RoutedObject> Objects => objects;

    /// <summary>What this archive is called in what it changes.</summary>
    public string Archive => archive;

    /// <summary>As jobs name it.</summary>
    public string Cause => $"rule {rule.Name}";

    public int Routed { get; set; }
    public int Cut { get; private set; }
    public string LastCut { get; private set; } = "";

    /// <summary>Those of the peers that the object may be sent to; the others are counted when none is left, or each was to get it.</summary>
    public IReadOnlyList<string> Open(RoutedObject item, IReadOnlyList<string> titles)
    {
        var open = new List<string>(titles.Count);
        var loops = new List<(string Peer, string Reason)>();
        foreach (var title in titles)
        {
            if (Destinations.Loop(item, title, peers.GetValueOrDefault(title)) is { } reason) loops.Add((title, reason));
            else open.Add(title);
        }
        if (open.Count == 0 && loops.Count > 0)
        {
            _cuts.AddRange(loops);
            LeaveOut($"not sent to {loops[0].Peer}: {loops[0].Reason}");
        }
        return open;
    }

    /// <summary>An object that goes nowhere.</summary>
    public void LeaveOut(string reason)
    {
        Cut++;
        LastCut = reason;
    }

    /// <summary>What was cut since the last time.</summary>
    public IReadOnlyList<(string Peer, string Reason, int Count)> TakeCuts()
    {
        var cuts = _cuts.GroupBy(c => c).Select(g => (g.Key.Peer, g.Key.Reason, g.Count())).ToList();
        _cuts.Clear();
        return cuts;
    }
}
