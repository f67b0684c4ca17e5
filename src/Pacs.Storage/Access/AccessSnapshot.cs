using System.Collections.Frozen;
using System.IO.Enumeration;
using System.Net;
using System.Security.Cryptography;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Access;

/// <summary>Listeners, access rules and peers as they were at one moment, and what they say of a caller.</summary>
public sealed class AccessSnapshot
{
    private readonly DimseOptions _options;
    private readonly FrozenDictionary<string, Listener> _listeners;
    private readonly IReadOnlyList<AccessRule> _rules;
    private readonly FrozenDictionary<string, Peer> _peers;
    private readonly FrozenSet<string> _unreadablePeers;

    /// <param name="version">Of what the database holds.</param>
    /// <param name="options">The first listener, and what applies where nothing else is said.</param>
    /// <param name="listeners">Those besides the first.</param>
    /// <param name="rules">In any order.</param>
    /// <param name="peers">Of database and configuration.</param>
    /// <param name="unreadablePeers">AE titles of peers of which nothing else can be told.</param>
    public AccessSnapshot(
        long version, DimseOptions options, IEnumerable<Listener> listeners, IEnumerable<AccessRule> rules, IEnumerable<Peer> peers, IEnumerable<string>? unreadablePeers = null)
    {
        _unreadablePeers = (unreadablePeers ?? []).ToFrozenSet();
        (Version, _options) = (version, options);
        Listeners = [Listener.Of(options), .. listeners];
        _listeners = Listeners.ToFrozenDictionary(l => l.Name);
        _rules = [.. rules.OrderBy(r => r.Position)];
        _peers = peers.ToFrozenDictionary(p => p.AeTitle);
    }

    /// <summary>Changes with whatever changes here.</summary>
    public long Version { get; }

    /// <summary>Whether this is how things are.</summary>
    internal bool IsOf(long version, DimseOptions options) => Version == version && ReferenceEquals(_options, options);

    /// <summary>The configuration's first.</summary>
    public IReadOnlyList<Listener> Listeners { get; }

    /// <summary>Access rules decide, where none does the known peers; a listener's AE titles and a peer's addresses hold in any case.</summary>
    public AccessVerdict Decide(Caller caller)
    {
        if (!_listeners.TryGetValue(caller.Listener, out var listener)) return Reject(Rejection.NoReasonGiven, $"There is no listener {caller.Listener} any more");
        if (listener.AeTitles.Count > 0 && !listener.AeTitles.Contains(caller.CalledAeTitle))
            return Reject(Rejection.CalledAeTitleNotRecognized, $"Listener {listener.Name} does not answer to {caller.CalledAeTitle}");

        var rule = _rules.FirstOrDefault(r => Matches(r, caller));
        if (rule is { Action: AccessAction.Deny }) return Reject(ReasonOf(rule), $"{NameOf(rule)} denies it") with { Rule = rule };

        if (_unreadablePeers.Contains(caller.CallingAeTitle))
            return Reject(Rejection.TemporaryCongestion, $"What is kept of peer {caller.CallingAeTitle} cannot be read") with { Rule = rule };
        var peer = _peers.GetValueOrDefault(caller.CallingAeTitle);
        if (peer is { Addresses.Count: > 0 } && !AddressRange.Contains(peer.Addresses, caller.Address))
            return Reject(Rejection.CallingAeTitleNotRecognized, $"Peer {peer.AeTitle} does not call from {caller.Address}") with { Rule = rule };
        if (rule is null && peer is null && (listener.KnownPeersOnly ?? _options.KnownPeersOnly))
            return Reject(Rejection.CallingAeTitleNotRecognized, $"No peer {caller.CallingAeTitle} is known");

        var rules = listener.Rules.Over(_options.Rules);
        if (rule is not null) rules = rule.Rules.Over(rules);
        if (peer is not null) rules = peer.Rules.Over(rules);
        return new()
        {
            Reason = rule is not null ? $"{NameOf(rule)} allows it" : peer is not null ? $"Peer {peer.AeTitle} is known" : "No access rule is against it",
            Rule = rule,
            Peer = peer,
            Rules = rules,
        };
    }

    /// <summary>Whether a listener accepts callers that nobody has heard of.</summary>
    public bool IsOpenToAnyone(Listener listener) => listener.Tls != ListenerTls.RequiredClientCertificate && Decide(new()
    {
        Listener = listener.Name,
        CallingAeTitle = RandomNumberGenerator.GetHexString(16),
        CalledAeTitle = listener.AeTitles is [var title, ..] ? title : _options.AeTitle,
        // Of a network for documentation: in no rule but those that are for any address.
        Address = IPAddress.Parse("203.0.113.7"),
    }).Rejection is null;

    private static AccessVerdict Reject(Rejection rejection, string reason) => new() { Rejection = rejection, Reason = reason };

    private static string NameOf(AccessRule rule) => rule.Description.Length > 0 ? $"Access rule {rule.Position} ({rule.Description})" : $"Access rule {rule.Position}";

    private bool Matches(AccessRule rule, Caller caller) =>
        (rule.KnownPeer is null || rule.KnownPeer == (_peers.ContainsKey(caller.CallingAeTitle) || _unreadablePeers.Contains(caller.CallingAeTitle)))
        && MatchesAny(rule.Listeners, caller.Listener)
        && MatchesAny(rule.CallingAeTitles, caller.CallingAeTitle)
        && MatchesAny(rule.CalledAeTitles, caller.CalledAeTitle)
        && MatchesAny(rule.ImplementationClassUids, caller.ImplementationClassUid)
        && MatchesAny(rule.Users, caller.User)
        && (rule.TlsSubjects is null || caller.TlsSubjects.Any(s => MatchesAny(rule.TlsSubjects, s)))
        && (rule.Addresses is null || AddressRange.Contains(rule.Addresses, caller.Address));

    private static bool MatchesAny(IReadOnlyList<string>? patterns, string? text) =>
        patterns is null || (text is not null && patterns.Any(p => FileSystemName.MatchesSimpleExpression(p, text, ignoreCase: false)));

    /// <summary>Of PS3.8 Table 9-21, what tells the caller most of what the rule goes by.</summary>
    private static Rejection ReasonOf(AccessRule rule) => rule switch
    {
        { CallingAeTitles: not null } or { KnownPeer: not null } => Rejection.CallingAeTitleNotRecognized,
        { CalledAeTitles: not null } => Rejection.CalledAeTitleNotRecognized,
        { Users: not null } => Rejection.AcseNoReasonGiven,
        { Addresses: null, ImplementationClassUids: null, TlsSubjects: null } => Rejection.CallingAeTitleNotRecognized,
        _ => Rejection.NoReasonGiven,
    };
}
