using System.Text;
using Npgsql;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Access;
using Pacs.Storage.Peers;
using Pacs.Storage.Security;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Access;

public sealed class AssociationPolicyTests(DimseFixture server) : IClassFixture<DimseFixture>, IDisposable
{
    private const string FindModel = Uids.StudyRootQueryRetrieveInformationModelFind;
    private const string GetModel = Uids.StudyRootQueryRetrieveInformationModelGet;

    private static readonly ProposedContext Find = new(FindModel, Uids.ImplicitVRLittleEndian);
    private static readonly ProposedContext Store = new(Uids.CTImageStorage, Uids.ImplicitVRLittleEndian);

    public void Dispose()
    {
        foreach (var table in new[] { "access_rules", "peers" }) server.Postgres.Query($"DELETE FROM {table}");
    }

    [Fact]
    public async Task Rule_Edited_IsInForceForTheNextAssociation()
    {
        Assert.Null(server.Call("CT1").Try());
        await RuleAsync(new() { Position = 10, Action = AccessAction.Deny, CallingAeTitles = ["CT*"] });
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, server.Call("CT1").Try());
        Assert.Null(server.Call("MR1").Try());
        await RuleAsync(new() { Position = 10, Action = AccessAction.Deny, CalledAeTitles = ["PACS"] });
        Assert.Equal(Rejection.CalledAeTitleNotRecognized, server.Call("CT1").Try());
        await server.Get<AccessRuleStore>().RemoveAsync(10, default);
        Assert.Null(server.Call("CT1").Try());
    }

    [Fact]
    public async Task Rule_ForWhoIsNoKnownPeer_ClosesAndOpensWithoutARestart()
    {
        await RuleAsync(new() { Position = 1000, Action = AccessAction.Deny, KnownPeer = false });
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, server.Call("CT7").Try());
        await server.Get<PeerStore>().PutAsync(new Peer("CT7", "127.0.0.1", 104), default);
        Assert.Null(server.Call("CT7").Try());
        await server.Get<PeerStore>().RemoveAsync("CT7", default);
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, server.Call("CT7").Try());
        await server.Get<AccessRuleStore>().RemoveAsync(1000, default);
        Assert.Null(server.Call("CT7").Try());
    }

    [Theory]
    [InlineData("127.0.0.0/8", true)]
    [InlineData("10.0.0.0/8", false)]
    public async Task Rule_ByAddress_DecidesByWhereTheCallComesFrom(string range, bool isDenied)
    {
        await RuleAsync(new() { Position = 1, Action = AccessAction.Deny, Addresses = [range] });
        Assert.Equal(isDenied ? Rejection.NoReasonGiven : (Rejection?)null, server.Call().Try());
    }

    [Fact]
    public async Task Rule_ByImplementationClass_DecidesByWhatTheCallerIs()
    {
        await RuleAsync(new() { Position = 1, Action = AccessAction.Deny, ImplementationClassUids = ["1.2.276.0.7230010.3.*"] });
        Assert.Null(server.Call().Try());
        var echo = await TestKit.Processes.Dcmtk.EchoScuAsync(server.Address);
        Assert.NotEqual(0, echo.ExitCode);
        Assert.Contains("No Reason", echo.AllOutput, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Rule_ByUser_MatchesOnlyAVerifiedIdentity()
    {
        var (_, secret) = await server.Get<ApiKeyStore>().AddAsync("alice", ApiKeyScope.Read, default);
        await RuleAsync(new() { Position = 1, Users = ["alice"] });
        await RuleAsync(new() { Position = 2, Action = AccessAction.Deny });

        using (var accepted = ClientAssociation.Connect(server.Call().With(Passcode("alice", secret, isAnswered: true))))
        {
            Assert.Equal(0, accepted.Info.Peer.UserIdentityResponse?.Length);
            accepted.Release();
        }
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, server.Call().Try());
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, server.Call().With(Passcode("alice", "guessed")).Try());
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, server.Call().With(Passcode("bob", secret)).Try());
    }

    [Theory]
    [InlineData(UserIdentityType.UserName)]
    [InlineData(UserIdentityType.KerberosServiceTicket)]
    [InlineData(UserIdentityType.SamlAssertion)]
    [InlineData(UserIdentityType.JsonWebToken)]
    public async Task Identity_OfATypeThatIsNotVerified_GrantsNothingAndGetsNoResponse(UserIdentityType type)
    {
        var identity = new UserIdentity(type, "alice"u8.ToArray()) { PositiveResponseRequested = true };
        using (var accepted = ClientAssociation.Connect(server.Call().With(identity)))
        {
            Assert.Null(accepted.Info.Peer.UserIdentityResponse);
            accepted.Release();
        }
        await RuleAsync(new() { Position = 1, Users = ["*"] });
        await RuleAsync(new() { Position = 2, Action = AccessAction.Deny, CallingAeTitles = ["*"] });
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, server.Call().With(identity).Try());
    }

    [Fact]
    public async Task KnownPeersOnly_UnknownCaller_IsRejectedUntilItIsAPeer()
    {
        await using var closed = await DimseFixture.StartAsync(("Pacs:Dimse:KnownPeersOnly", "true"));
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, closed.Call("CT1").Try());
        await closed.Get<PeerStore>().PutAsync(new Peer("CT1", "127.0.0.1", 104), default);
        Assert.Null(closed.Call("CT1").Try());
        await closed.Get<PeerStore>().PutAsync(new Peer("CT1", "127.0.0.1", 104) { Addresses = ["192.0.2.17"] }, default);
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, closed.Call("CT1").Try());
        await closed.Get<AccessRuleStore>().PutAsync(new() { Position = 1, CallingAeTitles = ["GUEST"] }, default);
        Assert.Null(closed.Call("GUEST").Try());
    }

    [Fact]
    public async Task Services_Restricted_OthersAreNotNegotiated()
    {
        await PeerAsync(new() { Services = [DimseServiceKind.Verification, DimseServiceKind.Find] });
        Assert.Equal([Uids.Verification, FindModel], Accepted(Callers.Verification, Find, Store));
        await PeerAsync(new());
        Assert.Equal([Uids.Verification, FindModel, Uids.CTImageStorage], Accepted(Callers.Verification, Find, Store));
    }

    [Fact]
    public async Task Services_OnlyGet_MayTakeObjectsButSendNone()
    {
        await PeerAsync(new() { Services = [DimseServiceKind.Get] });
        using var association = ClientAssociation.Connect(server.Call("TESTER", new ProposedContext(GetModel, Uids.ImplicitVRLittleEndian), Store with { AsScp = true }));
        var context = association.Info.Contexts.Single(c => c.AbstractSyntax == Uids.CTImageStorage);
        Assert.Equal((false, true), (context.RequestorIsScu, context.RequestorIsScp));
        association.Release();
        Assert.Empty(Accepted(Store));
    }

    [Fact]
    public async Task SopClasses_Restricted_OthersAreNotNegotiated()
    {
        await PeerAsync(new() { SopClasses = [Uids.CTImageStorage, Uids.Verification] });
        Assert.Equal([Uids.CTImageStorage, Uids.Verification], Accepted(Store, new(Uids.MRImageStorage, Uids.ImplicitVRLittleEndian), Callers.Verification, Find));
    }

    [Fact]
    public async Task Roles_Restricted_AreNotGranted()
    {
        await PeerAsync(new() { MayBeScu = false });
        using (var association = ClientAssociation.Connect(server.Call("TESTER", Callers.Verification, Store with { AsScp = true })))
        {
            Assert.Equal((false, true), (Assert.Single(association.Info.Contexts).RequestorIsScu, association.Info.Contexts[0].RequestorIsScp));
            association.Release();
        }
        await PeerAsync(new() { MayBeScp = false });
        using var sending = ClientAssociation.Connect(server.Call("TESTER", Store with { AsScp = true }));
        Assert.Equal((true, false), (sending.Info.Contexts[0].RequestorIsScu, sending.Info.Contexts[0].RequestorIsScp));
        sending.Release();
    }

    [Fact]
    public async Task MaxAssociations_OfOneCaller_AreCountedByItsTitle()
    {
        await PeerAsync(new() { MaxAssociations = 2 });
        using (var first = ClientAssociation.Connect(server.Call()))
        using (var second = ClientAssociation.Connect(server.Call()))
        {
            Assert.Equal(Rejection.LocalLimitExceeded, server.Call().Try());
            Assert.Null(server.Call("OTHER").Try());
            first.Release();
            await Eventually.TrueAsync(() => server.Call().Try() is null);
            second.Abort();
        }
        await Eventually.TrueAsync(() => server.Call().Try() is null);
    }

    [Fact]
    public async Task Rules_OfThePeer_ReachTheServices()
    {
        await PeerAsync(new() { Duplicates = Pacs.Storage.Hosting.DuplicatePolicy.Reject });
        var options = SampleOptions.Fresh();
        var sample = SampleObjects.Ct(options);
        server.Store(sample);
        using var association = server.Connect(new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid));
        var other = DimseFixture.Store(association, sample, SampleObjects.Ct(options with { StudyDescription = "Other" }).ToDatasetBytes());
        Assert.Equal(Pacs.Dicom.Messages.DimseStatus.DuplicateSopInstance, other.Status);
        association.Release();
    }

    [Fact]
    public async Task Database_Away_TheLastRulesGoOn()
    {
        await using var alone = await DimseFixture.StartAsync();
        await alone.Get<AccessRuleStore>().PutAsync(new() { Position = 1, Action = AccessAction.Deny, CallingAeTitles = ["BAD"] }, default);
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, alone.Call("BAD").Try());
        var name = new NpgsqlConnectionStringBuilder(alone.Postgres.ConnectionString).Database;
        server.Postgres.Query($"ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        server.Postgres.Query($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'");
        Assert.Equal(Rejection.CallingAeTitleNotRecognized, alone.Call("BAD").Try());
        Assert.Null(alone.Call("GOOD").Try());
        server.Postgres.Query($"ALTER DATABASE {name} ALLOW_CONNECTIONS true");
        await Eventually.TrueAsync(async () => await alone.Get<AccessSnapshots>().CurrentAsync(default) is not null);
    }

    [Fact]
    public async Task Database_WhoseRulesCannotBeReadAtStart_AsksCallersToComeAgain()
    {
        await using var broken = await DimseFixture.StartAsync();
        broken.Postgres.Query("""INSERT INTO access_rules (position, settings) VALUES (1, '{"conditionOfANewerVersion":true}')""");
        // What was read before goes on here; a process that starts now knows nothing.
        Assert.Null(broken.Call().Try());
        using var host = new StorageProcess(broken.Postgres.Configuration());
        Assert.Null(await host.Get<AccessSnapshots>().CurrentAsync(default));
        Assert.Contains("access-rules/1", Assert.Single(host.Get<AccessSnapshots>().Faults), StringComparison.Ordinal);
        var policy = new Pacs.Dimse.Access.AssociationPolicy(host.Get<AccessSnapshots>(), host.Get<ApiKeyStore>(), Microsoft.Extensions.Logging.Abstractions.NullLogger<Pacs.Dimse.Access.AssociationPolicy>.Instance);
        var anywhere = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1);
        Assert.Equal(Rejection.TemporaryCongestion, policy.Decide(new AssociationRequest(TestKit.Net.ScriptedPeer.VerificationRequest, anywhere, anywhere)).Rejection);
    }

    [Fact]
    public async Task Shutdown_OfOffis_IsAnsweredAndEndsNothing()
    {
        // DCMTK's own client for it: the server is to close at once, and this one does not.
        await TestKit.Processes.ExternalProcess.RunAsync("termscu", ["-aec", server.Address.AeTitle, server.Address.Host, $"{server.Address.Port}"]);
        using var association = ClientAssociation.Connect(server.Call("TESTER", new ProposedContext("1.2.276.0.7230010.3.4.1915765545.18030.917282194.0", Uids.ImplicitVRLittleEndian)));
        var context = Assert.Single(association.Info.Contexts);
        var refused = association.Send(context, Pacs.Dicom.Messages.CommandSet.FindRequest(context.AbstractSyntax), new Pacs.Dicom.Datasets.DicomDataset()).Last();
        Assert.Equal(Pacs.Dicom.Messages.DimseStatus.UnrecognizedOperation, refused.Status);
        Assert.NotEmpty(refused.Command.ErrorComment!);
        association.Release();
    }

    private static UserIdentity Passcode(string name, string passcode, bool isAnswered = false) => new(UserIdentityType.UserNameAndPasscode, Encoding.UTF8.GetBytes(name))
    {
        SecondaryField = Encoding.UTF8.GetBytes(passcode),
        PositiveResponseRequested = isAnswered,
    };

    [Fact]
    public async Task Peer_WithSettingsThatCannotBeRead_IsShutOutAlone()
    {
        await PeerAsync(new());
        server.Postgres.Query("UPDATE peers SET settings = '{\"rules\": {\"ofTheFuture\": true}}'");
        Assert.Equal(Rejection.TemporaryCongestion, server.Call("TESTER").Try());
        Assert.Null(server.Call("CT1").Try());
        Assert.Contains("peers/TESTER", Assert.Single(server.Get<AccessSnapshots>().Faults), StringComparison.Ordinal);
        await PeerAsync(new());
        Assert.Null(server.Call("TESTER").Try());
        Assert.Empty(server.Get<AccessSnapshots>().Faults);
    }

    private Task RuleAsync(AccessRule rule) => server.Get<AccessRuleStore>().PutAsync(rule, default);

    private Task PeerAsync(AssociationRules rules) => server.Get<PeerStore>().PutAsync(new Peer("TESTER", "127.0.0.1", 104) { Rules = rules }, default);

    private IEnumerable<string> Accepted(params IReadOnlyList<ProposedContext> contexts)
    {
        using var association = ClientAssociation.Connect(server.Call("TESTER", contexts));
        association.Release();
        return [.. association.Info.Contexts.Select(c => c.AbstractSyntax)];
    }
}
