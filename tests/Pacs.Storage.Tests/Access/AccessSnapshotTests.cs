using System.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Tests.Access;

public sealed class AccessSnapshotTests
{
    private static readonly Caller Modality = new()
    {
        Listener = Listener.Default,
        CallingAeTitle = "CT1",
        CalledAeTitle = "PACS",
        Address = IPAddress.Parse("192.0.2.17"),
        ImplementationClassUid = "1.2.276.0.7230010.3.0.3.6.8",
        User = "alice",
        TlsSubjects = ["CN=ct1.example.org, O=Hospital", "ct1.example.org"],
    };

    public static TheoryData<AccessRule, bool> Conditions => new()
    {
        { new(), true },
        { new() { CallingAeTitles = ["CT1"] }, true },
        { new() { CallingAeTitles = ["MR*", "CT?"] }, true },
        { new() { CallingAeTitles = ["ct1"] }, false },
        { new() { CallingAeTitles = ["CT"] }, false },
        { new() { KnownPeer = false }, true },
        { new() { KnownPeer = true }, false },
        { new() { CalledAeTitles = ["PACS"] }, true },
        { new() { CalledAeTitles = ["RESEARCH"] }, false },
        { new() { Addresses = ["192.0.2.17"] }, true },
        { new() { Addresses = ["2001:db8::/32", "192.0.2.0/24"] }, true },
        { new() { Addresses = ["192.0.2.0/28"] }, false },
        { new() { Addresses = ["::/0"] }, false },
        { new() { ImplementationClassUids = ["1.2.276.0.7230010.3.*"] }, true },
        { new() { ImplementationClassUids = ["1.2.276.0.7230010.3"] }, false },
        { new() { Users = ["alice"] }, true },
        { new() { Users = ["*"] }, true },
        { new() { Users = ["bob"] }, false },
        { new() { TlsSubjects = ["ct1.example.org"] }, true },
        { new() { TlsSubjects = ["*O=Hospital"] }, true },
        { new() { TlsSubjects = ["ct2.example.org"] }, false },
        { new() { Listeners = [Listener.Default] }, true },
        { new() { Listeners = ["research"] }, false },
        { new() { CallingAeTitles = ["CT1"], Addresses = ["198.51.100.0/24"] }, false },
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Decide_RuleWithConditions_IncludesAndExcludes(AccessRule rule, bool matches)
    {
        var denying = Snapshot(new(), rule with { Position = 1, Action = AccessAction.Deny }).Decide(Modality);
        Assert.Equal(matches, denying.Rejection is not null);
        // The same as the list of those who may, with everyone else shut out.
        var allowing = Snapshot(new(), rule with { Position = 1 }, new AccessRule { Position = 2, Action = AccessAction.Deny }).Decide(Modality);
        Assert.Equal(matches, allowing.Rejection is null);
        Assert.Equal(matches ? 1 : 2, allowing.Rule!.Position);
    }

    [Theory]
    [InlineData("::ffff:192.0.2.17", "192.0.2.0/24", true)]
    [InlineData("2001:db8::17", "2001:db8::/64", true)]
    [InlineData("2001:db8::17", "2001:db8::17", true)]
    [InlineData("2001:db8:1::17", "2001:db8::/64", false)]
    [InlineData("2001:db8::17", "0.0.0.0/0", false)]
    public void Decide_Addresses_OfEitherFamily(string address, string range, bool matches) => Assert.Equal(
        matches,
        Snapshot(new(), new AccessRule { Position = 1, Action = AccessAction.Deny, Addresses = [range] }).Decide(Modality with { Address = IPAddress.Parse(address) }).Rejection is not null);

    [Fact]
    public void Decide_IdentityNotVerifiedOrNoCertificate_MatchesNoRuleThatAsksForOne()
    {
        var stranger = Modality with { User = null, TlsSubjects = [], ImplementationClassUid = null };
        Assert.All(
            new AccessRule[] { new() { Users = ["*"] }, new() { TlsSubjects = ["*"] }, new() { ImplementationClassUids = ["*"] } },
            rule => Assert.Null(Snapshot(new(), rule with { Position = 1, Action = AccessAction.Deny }).Decide(stranger).Rejection));
    }

    public static TheoryData<AccessRule, Rejection> Reasons => new()
    {
        { new(), Rejection.CallingAeTitleNotRecognized },
        { new() { CallingAeTitles = ["*"], Addresses = ["192.0.2.0/24"] }, Rejection.CallingAeTitleNotRecognized },
        { new() { Listeners = ["*"] }, Rejection.CallingAeTitleNotRecognized },
        { new() { KnownPeer = false, Addresses = ["192.0.2.0/24"] }, Rejection.CallingAeTitleNotRecognized },
        { new() { CalledAeTitles = ["*"] }, Rejection.CalledAeTitleNotRecognized },
        { new() { Addresses = ["192.0.2.0/24"] }, Rejection.NoReasonGiven },
        { new() { ImplementationClassUids = ["*"] }, Rejection.NoReasonGiven },
        { new() { TlsSubjects = ["*"] }, Rejection.NoReasonGiven },
        { new() { Users = ["*"] }, Rejection.AcseNoReasonGiven },
    };

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Decide_DenyingRule_GivesTheMostFittingReason(AccessRule rule, Rejection expected) =>
        Assert.Equal(expected, Snapshot(new(), rule with { Position = 1, Action = AccessAction.Deny }).Decide(Modality).Rejection);

    [Fact]
    public void Decide_SeveralRulesMatch_TheLowestPositionDecides() => Assert.Null(Snapshot(
        new(),
        new AccessRule { Position = 20, Action = AccessAction.Deny },
        new AccessRule { Position = 10, CallingAeTitles = ["CT1"] }).Decide(Modality).Rejection);

    [Fact]
    public void Decide_KnownPeersOnly_TakesPeersAndWhomARuleAllows()
    {
        var closed = new DimseOptions { KnownPeersOnly = true };
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, Snapshot(closed).Decide(Modality).Rejection);
        Assert.Null(Snapshot(closed, new AccessRule { Position = 1, CallingAeTitles = ["CT1"] }).Decide(Modality).Rejection);
        Assert.Null(WithPeer(closed, new Peer("CT1", "ct1", 104)).Decide(Modality).Rejection);
        Assert.NotNull(WithPeer(closed, new Peer("CT2", "ct2", 104)).Decide(Modality).Rejection);
        // A listener may be closed, or open, on its own.
        var open = new AccessSnapshot(1, closed, [new Listener { Name = "lobby", Port = 104, KnownPeersOnly = false }], [], []);
        Assert.Null(open.Decide(Modality with { Listener = "lobby" }).Rejection);
        var shut = new AccessSnapshot(1, new(), [new Listener { Name = "vault", Port = 104, KnownPeersOnly = true }], [], []);
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, shut.Decide(Modality with { Listener = "vault" }).Rejection);
        Assert.Null(shut.Decide(Modality).Rejection);
    }

    [Fact]
    public void Decide_PeerCallsFromElsewhere_IsRejectedWhateverTheRules()
    {
        var peer = new Peer("CT1", "ct1", 104) { Addresses = ["198.51.100.0/24"] };
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, WithPeer(new(), peer).Decide(Modality).Rejection);
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, new AccessSnapshot(1, new(), [], [new AccessRule { Position = 1 }], [peer]).Decide(Modality).Rejection);
        Assert.Null(WithPeer(new(), peer).Decide(Modality with { Address = IPAddress.Parse("198.51.100.9") }).Rejection);
    }

    [Fact]
    public void Decide_CalledTitle_IsThatOfTheListener()
    {
        var snapshot = new AccessSnapshot(1, new() { CheckCalledAeTitle = true }, [new Listener { Name = "any", Port = 104 }, new Listener { Name = "two", Port = 105, AeTitles = ["A", "B"] }], [], []);
        Assert.Null(snapshot.Decide(Modality).Rejection);
        Assert.Equal(Rejection.CalledAeTitleNotRecognized, snapshot.Decide(Modality with { CalledAeTitle = "A" }).Rejection);
        Assert.Null(snapshot.Decide(Modality with { CalledAeTitle = "A", Listener = "two" }).Rejection);
        Assert.Equal(Rejection.CalledAeTitleNotRecognized, snapshot.Decide(Modality with { Listener = "two" }).Rejection);
        Assert.Null(snapshot.Decide(Modality with { CalledAeTitle = "ARBITRARY", Listener = "any" }).Rejection);
    }

    [Fact]
    public void Decide_Rules_LieOverOneAnother()
    {
        var snapshot = new AccessSnapshot(
            1,
            new() { Rules = new() { Relational = true, LenientGet = true, FuzzyMatching = true, MaxAssociations = 1 } },
            [new Listener { Name = "second", Port = 104, Rules = new() { LenientGet = false, FuzzyMatching = false, MaxAssociations = 2 } }],
            [new AccessRule { Position = 1, Rules = new() { FuzzyMatching = true, MaxAssociations = 3 } }],
            [new Peer("CT1", "ct1", 104) { Rules = new() { MaxAssociations = 4 } }]);
        var rules = snapshot.Decide(Modality with { Listener = "second" }).Rules;
        Assert.Equal((true, false, true, 4), (rules.Relational, rules.LenientGet, rules.FuzzyMatching, rules.MaxAssociations));
    }

    [Fact]
    public void IsOpenToAnyone_ClosedByAnyMeans_IsFalse()
    {
        static bool IsOpen(AccessSnapshot snapshot) => snapshot.IsOpenToAnyone(snapshot.Listeners[^1]);
        Assert.True(IsOpen(Snapshot(new())));
        Assert.True(IsOpen(Snapshot(new() { CheckCalledAeTitle = true })));
        Assert.True(IsOpen(Snapshot(new(), new AccessRule { Position = 1, Action = AccessAction.Deny, CallingAeTitles = ["BAD*"] })));
        Assert.False(IsOpen(Snapshot(new() { KnownPeersOnly = true })));
        Assert.False(IsOpen(Snapshot(new(), new AccessRule { Position = 1, Addresses = ["10.0.0.0/8"] }, new AccessRule { Position = 2, Action = AccessAction.Deny })));
        Assert.False(IsOpen(new AccessSnapshot(1, new(), [new Listener { Name = "mutual", Port = 104, Tls = ListenerTls.RequiredClientCertificate }], [], [])));
        Assert.True(IsOpen(Snapshot(new() { KnownPeersOnly = true }, new AccessRule { Position = 1 })));
    }

    private static AccessSnapshot Snapshot(DimseOptions options, params AccessRule[] rules) => new(1, options, [], rules, []);

    private static AccessSnapshot WithPeer(DimseOptions options, Peer peer) => new(1, options, [], [], [peer]);
}
