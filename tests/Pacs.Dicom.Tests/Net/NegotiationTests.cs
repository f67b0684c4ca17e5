using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit;
using Pacs.TestKit.Net;

namespace Pacs.Dicom.Tests.Net;

public sealed class NegotiationTests
{
    private sealed class Policy(AssociationDecision decision) : IAssociationPolicy
    {
        public AssociationDecision Decide(AssociationRequest request) => decision;
    }

    [Fact]
    public void Reject_ByTheProtocol_SaysWhy()
    {
        using var server = new TestServer(options: new AssociationListenerOptions { AeTitles = ["PACS"] });
        Rejection Ask(AAssociateRq request)
        {
            using var peer = server.Connect();
            return peer.Send(request).Expect<AAssociateRj>().Rejection;
        }
        var good = ScriptedPeer.VerificationRequest with { CalledAeTitle = "PACS" };

        Assert.Equal(new Rejection(1, 1, 2), Ask(good with { ApplicationContextName = "1.2.3" }));
        Assert.Equal(new Rejection(1, 2, 2), Ask(good with { ProtocolVersion = 2 }));
        Assert.Equal(new Rejection(1, 1, 7), Ask(good with { CalledAeTitle = "OTHER" }));
        using var accepted = server.Connect().Associate(good with { ProtocolVersion = 3 });
    }

    [Theory]
    [InlineData(10, ' ', 7)]
    [InlineData(10, '\n', 7)]
    [InlineData(26, ' ', 3)]
    [InlineData(26, '\0', 3)]
    [InlineData(26, '\u001b', 3)]
    public void Reject_TitleThatIsNone_SaysWhich(int offset, char character, byte reason)
    {
        using var server = new TestServer();
        using var peer = server.Connect();
        var request = PduWriter.ToArray(ScriptedPeer.VerificationRequest);
        request.AsSpan(offset, 16).Fill((byte)character);
        if (character == '\n') request[offset] = (byte)'A';
        if (character == '\n') request[offset + 15] = (byte)'B';

        Assert.Equal(new Rejection(1, 1, reason), peer.Send(request).Expect<AAssociateRj>().Rejection);
    }

    [Fact]
    public void Reject_ByThePolicy_SaysWhatThePolicySays()
    {
        using var server = new TestServer(policy: new Policy(AssociationDecision.Reject(Rejection.CallingAeTitleNotRecognized)));

        var e = Assert.Throws<AssociationRejectedException>(() => server.Associate());

        Assert.Equal(new Rejection(1, 1, 3), e.Rejection);
    }

    [Fact]
    public void Reject_OverTheLimit_IsTransient()
    {
        using var server = new TestServer(options: new AssociationListenerOptions { MaxAssociations = 1 });
        using var first = server.Associate();

        var e = Assert.Throws<AssociationRejectedException>(() => server.Associate());

        Assert.Equal(new Rejection(2, 3, 2), e.Rejection);
        Assert.True(first.Echo().IsSuccess);
    }

    [Fact]
    public async Task Reject_WhileStopping_IsTemporaryCongestion()
    {
        using var entered = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var server = new TestServer(new TestService
        {
            Before = r =>
            {
                entered.Set();
                goOn.Wait();
            },
        });
        using var client = server.Associate();
        var echo = Task.Run(client.Echo);
        entered.Wait();
        var stopping = Task.Run(() => server.Listener.Stop(TimeSpan.FromSeconds(30)));
        Rejection? rejection = null;
        await Eventually.TrueAsync(() =>
        {
            // Until the stop is under way it is still accepted.
            rejection = (Record.Exception(() => server.Associate().Dispose()) as AssociationRejectedException)?.Rejection;
            return rejection is not null;
        });
        goOn.Set();

        Assert.Equal(new Rejection(2, 3, 1), rejection);
        Assert.True((await echo).IsSuccess);
        await stopping;
        Assert.Throws<AssociationClosedException>(() => server.Associate());
    }

    [Fact]
    public void Limit_ConnectionsWithoutARequest_AreNoAssociations()
    {
        using var server = new TestServer(options: new AssociationListenerOptions { MaxAssociations = 1, ArtimTimeout = TimeSpan.FromMinutes(1) });
        var silent = Enumerable.Range(0, 5).Select(_ => server.Connect()).ToList();
        using var first = server.Associate();

        Assert.True(first.Echo().IsSuccess);
        Assert.Equal(new Rejection(2, 3, 2), Assert.Throws<AssociationRejectedException>(() => server.Associate()).Rejection);
        first.Release();
        using var second = server.Associate();
        Assert.True(second.Echo().IsSuccess);
        silent.ForEach(s => s.Dispose());
    }

    [Theory]
    [InlineData(0u, 131072)]
    [InlineData(4096u, 4096)]
    [InlineData(262144u, 131072)]
    [InlineData(1048576u, 131072)]
    public void Accept_MaximumLengthOfThePeer_BoundsWhatIsSent(uint peers, int expected)
    {
        var sent = 0;
        using var server = new TestServer(new TestService { Before = r => sent = r.Association.MaxSendPduLength });
        using var peer = server.Connect().Associate(ScriptedPeer.VerificationRequest with { UserInformation = new UserInformation { MaxPduLength = peers } });
        var echo = Pacs.Dicom.Messages.CommandSet.EchoRequest();

        Assert.True(peer.Send(1, echo, 1).ExpectMessage().Command.Status.IsSuccess);
        Assert.Equal(expected, sent);
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(1048577)]
    public void Options_PduLengthOutOfRange_AreRefused(int length)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new AssociationListenerOptions { MaxReceivePduLength = length });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AssociationListenerOptions { MaxSendPduLength = length });
    }

    [Fact]
    public void Accept_WindowAndIdentity_AreAnswered()
    {
        using var server = new TestServer(policy: new Policy(new AssociationDecision { UserIdentityResponse = new byte[] { 1, 2 } }));
        using var peer = server.Connect();
        var identity = new UserIdentity(UserIdentityType.JsonWebToken, new byte[] { 7 }) { PositiveResponseRequested = true };

        var user = peer.Send(ScriptedPeer.VerificationRequest with { UserInformation = new UserInformation { AsyncOperationsWindow = new AsyncOperationsWindow(0, 0), UserIdentity = identity } })
            .Expect<AAssociateAc>().UserInformation;

        Assert.Equal(new AsyncOperationsWindow(8, 1), user.AsyncOperationsWindow);
        Assert.Equal([1, 2], user.UserIdentityResponse!.Value.ToArray());
        Assert.Equal(128u * 1024, user.MaxPduLength);
        Assert.Equal(ImplementationIdentity.ClassUid, user.ImplementationClassUid);
    }

    [Theory]
    [InlineData(TransferSyntaxOrder.Proposer, "1.2.840.10008.1.2.1")]
    [InlineData(TransferSyntaxOrder.Acceptor, "1.2.840.10008.1.2")]
    public void Accept_TransferSyntax_IsTakenInTheOrderSet(TransferSyntaxOrder order, string expected)
    {
        var service = new ServiceContext("1.2", [Uids.ImplicitVRLittleEndian, Uids.ExplicitVRLittleEndian]) { Order = order };

        var (results, contexts, _) = Accept([service], new PresentationContextProposal(1, "1.2", [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian]));

        Assert.Equal(expected, Assert.Single(contexts).TransferSyntax.Uid);
        Assert.Equal(new PresentationContextResult(1, PresentationContextReason.Acceptance, expected), Assert.Single(results));
    }

    [Fact]
    public void Accept_WhatIsNotOffered_IsRefusedWithItsReason()
    {
        var (results, contexts, _) = Accept(
            [new ServiceContext("1.2", [Uids.ImplicitVRLittleEndian])],
            new PresentationContextProposal(1, "9.9", [Uids.ImplicitVRLittleEndian]),
            new PresentationContextProposal(3, "1.2", [Uids.JPEGBaseline8Bit]),
            new PresentationContextProposal(5, "1.2", []));

        Assert.Empty(contexts);
        Assert.Equal(
            [PresentationContextReason.AbstractSyntaxNotSupported, PresentationContextReason.TransferSyntaxesNotSupported, PresentationContextReason.TransferSyntaxesNotSupported],
            results.Select(r => r.Reason));
    }

    [Theory]
    [InlineData(true, true, true, true)]
    [InlineData(false, true, false, true)]
    [InlineData(true, false, true, false)]
    public void Accept_Roles_AreWhatBothSidesAllow(bool scu, bool scp, bool grantedScu, bool grantedScp)
    {
        var request = Request([new RoleSelection("1.2", scu, scp)], new PresentationContextProposal(1, "1.2", [Uids.ImplicitVRLittleEndian]));

        var (_, contexts, roles) = Negotiation.Accept(request, Services([new ServiceContext("1.2", [Uids.ImplicitVRLittleEndian]) { RequestorMayBeScp = true }]));

        Assert.Equal((grantedScu, grantedScp), (contexts[0].RequestorIsScu, contexts[0].RequestorIsScp));
        Assert.Equal([new RoleSelection("1.2", grantedScu, grantedScp)], roles);
    }

    [Fact]
    public void Accept_NoRoleInCommon_IsAUserRejection()
    {
        var request = Request([new RoleSelection("1.2", Scu: false, Scp: true)], new PresentationContextProposal(1, "1.2", [Uids.ImplicitVRLittleEndian]));

        var (results, _, _) = Negotiation.Accept(request, Services([new ServiceContext("1.2", [Uids.ImplicitVRLittleEndian])]));

        Assert.Equal(PresentationContextReason.UserRejection, results[0].Reason);
    }

    private static (IReadOnlyList<PresentationContextResult> Results, IReadOnlyList<PresentationContext> Contexts, IReadOnlyList<RoleSelection> Roles) Accept(
        ServiceContext[] services, params PresentationContextProposal[] proposals) => Negotiation.Accept(Request([], proposals), Services(services));

    private static Dictionary<string, ServiceContext> Services(ServiceContext[] services) => services.ToDictionary(s => s.AbstractSyntax);

    private static AAssociateRq Request(RoleSelection[] roles, params PresentationContextProposal[] proposals) => new()
    {
        CalledAeTitle = "A",
        CallingAeTitle = "B",
        PresentationContexts = proposals,
        UserInformation = new UserInformation { RoleSelections = roles },
    };
}
