using System.Collections.Concurrent;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit;
using Pacs.TestKit.Net;

namespace Pacs.Dicom.Tests.Net;

/// <summary>Several outstanding operations on one association (PS3.7 §D.3.3.3).</summary>
public sealed class OperationWindowTests
{
    private const byte Ct = 1, Find = 3, Get = 5, Echo = 7;

    private static readonly byte[] Identifier = [8, 0, 0x52, 0, 6, 0, 0, 0, (byte)'S', (byte)'T', (byte)'U', (byte)'D', (byte)'Y', (byte)' '];

    private static AAssociateRq Request(ushort window) => ScriptedPeer.VerificationRequest with
    {
        PresentationContexts =
        [
            new(Ct, Uids.CTImageStorage, [Uids.ImplicitVRLittleEndian]),
            new(Find, Uids.StudyRootQueryRetrieveInformationModelFind, [Uids.ImplicitVRLittleEndian]),
            new(Get, Uids.StudyRootQueryRetrieveInformationModelGet, [Uids.ImplicitVRLittleEndian]),
            new(Echo, Uids.Verification, [Uids.ImplicitVRLittleEndian]),
        ],
        UserInformation = new UserInformation
        {
            MaxPduLength = 0,
            AsyncOperationsWindow = new AsyncOperationsWindow(window, 1),
            RoleSelections = [new RoleSelection(Uids.CTImageStorage, true, true)],
        },
    };

    private static CommandSet Store(int number) => CommandSet.StoreRequest(Uids.CTImageStorage, $"1.{number}");
    private static CommandSet Query() => CommandSet.FindRequest(Uids.StudyRootQueryRetrieveInformationModelFind);

    private static void SpinUntil(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Eventually.Patience), "It did not come to that.");

    /// <summary>Continues with every request; what then follows is the test's.</summary>
    private static TestService Continuing(Action<DimseRequest> rest) => new() { Instead = r => r.Continue(() => rest(r)) };

    [Theory]
    [InlineData(0, 4, 4)]
    [InlineData(3, 8, 3)]
    [InlineData(200, 8, 8)]
    [InlineData(1, 8, 1)]
    public void Negotiate_Window_IsTheSmallerOfBoth(ushort proposed, int allowed, ushort expected)
    {
        using var server = new TestServer(options: new AssociationListenerOptions { MaxOperations = allowed });
        using var peer = server.Connect();

        Assert.Equal(new AsyncOperationsWindow(expected, 1), peer.Send(Request(proposed)).Expect<AAssociateAc>().UserInformation.AsyncOperationsWindow);
    }

    [Fact]
    public async Task Stores_AsManyAsTheWindow_AreOutstandingTogether()
    {
        using var all = new CountdownEvent(8);
        using var server = new TestServer(Continuing(r =>
        {
            all.Signal();
            Assert.True(all.Wait(Eventually.Patience));
            r.Respond(DimseStatus.Success);
        }));
        using (var peer = server.Connect().Associate(Request(8)))
        {
            for (ushort i = 1; i <= 8; i++) peer.Send(Ct, Store(i), i, new byte[100_000]);
            var answered = Enumerable.Range(0, 8).Select(_ => peer.ExpectMessage().Command).ToList();

            Assert.All(answered, c => Assert.Equal(DimseStatus.Success, c.Status));
            Assert.Equal(Enumerable.Range(1, 8), answered.Select(c => (int)c.MessageIdBeingRespondedTo).Order());
            peer.Send(new AReleaseRq()).Expect<AReleaseRp>();
        }
        await server.ExpectSoundAsync();
    }

    [Fact]
    public void Stores_MoreThanTheWindow_WaitForAPlace()
    {
        using var gate = new SemaphoreSlim(0);
        var (begun, most) = (0, 0);
        using var server = new TestServer(Continuing(r =>
        {
            most = Math.Max(most, Interlocked.Increment(ref begun));
            gate.Wait();
            Interlocked.Decrement(ref begun);
            r.Respond(DimseStatus.Success);
        }));
        using var peer = server.Connect().Associate(Request(2));
        for (ushort i = 1; i <= 20; i++) peer.Send(Ct, Store(i), i, new byte[1000]);
        SpinUntil(() => begun == 2);
        gate.Release(20);

        for (var i = 0; i < 20; i++) Assert.True(peer.ExpectMessage().Command.Status.IsSuccess);
        Assert.Equal(2, most);
    }

    [Fact]
    public void WithoutAWindow_Continue_IsOnTheSameThreadOneAfterTheOther()
    {
        var threads = new ConcurrentQueue<(int Handle, int Continued)>();
        using var server = new TestServer(new TestService
        {
            Instead = r =>
            {
                var handle = Environment.CurrentManagedThreadId;
                r.Continue(() =>
                {
                    threads.Enqueue((handle, Environment.CurrentManagedThreadId));
                    r.Respond(DimseStatus.Success);
                });
            },
        });
        using var peer = server.Connect().Associate(Request(1));
        for (ushort i = 1; i <= 5; i++) peer.Send(Ct, Store(i), i, new byte[1000]);
        for (ushort i = 1; i <= 5; i++) Assert.Equal(i, peer.ExpectMessage().Command.MessageIdBeingRespondedTo);

        Assert.All(threads, t => Assert.Equal(t.Handle, t.Continued));
        Assert.Single(threads.Distinct());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cancel_OneOfTwoQueries_EndsThatOneAlone(bool isSecured)
    {
        using var certificates = new TestCertificates();
        using var server = new TestServer(Continuing(r =>
        {
            while (!r.IsCancelRequested) r.Respond(r.Command.Response(DimseStatus.Pending), new DicomDataset().Set(Tags.PatientID, $"{r.Command.MessageId}"));
            r.Respond(DimseStatus.Cancel);
        }), new AssociationListenerOptions { Tls = isSecured ? () => certificates.ServerOptions() : null });
        using var peer = ScriptedPeer.Connect(server.Listener.LocalEndPoint, isSecured ? certificates.ClientOptions() : null).Associate(Request(2));
        peer.Send(Find, Query(), 11, Identifier).Send(Find, Query(), 12, Identifier);
        var seen = new HashSet<ushort>();
        while (seen.Count < 2) seen.Add(peer.ExpectMessage().Command.MessageIdBeingRespondedTo);

        peer.Send(Find, CommandSet.CancelRequest(12), 0);
        CommandSet answer;
        while ((answer = peer.ExpectMessage().Command).Status.IsPending) { }
        Assert.Equal((12, DimseStatus.Cancel), (answer.MessageIdBeingRespondedTo, answer.Status));
        for (var i = 0; i < 100; i++) Assert.Equal((11, true), (peer.ExpectMessage().Command is var c ? c.MessageIdBeingRespondedTo : 0, c.Status.IsPending));

        peer.Send(Find, CommandSet.CancelRequest(11), 0);
        while ((answer = peer.ExpectMessage().Command).Status.IsPending) { }
        Assert.Equal((11, DimseStatus.Cancel), (answer.MessageIdBeingRespondedTo, answer.Status));
        peer.Send(new AReleaseRq()).Expect<AReleaseRp>();
    }

    [Fact]
    public void Responses_OfAnyOrder_AreTold()
    {
        using var second = new ManualResetEventSlim();
        using var server = new TestServer(Continuing(r =>
        {
            if (r.Command.MessageId == 1) Assert.True(second.Wait(Eventually.Patience));
            r.Respond(DimseStatus.Success);
            if (r.Command.MessageId == 2) second.Set();
        }));
        using var peer = server.Connect().Associate(Request(0)).Send(Ct, Store(1), 1, new byte[1000]).Send(Ct, Store(2), 2, new byte[1000]);

        Assert.Equal((2, 1), (peer.ExpectMessage().Command.MessageIdBeingRespondedTo, peer.ExpectMessage().Command.MessageIdBeingRespondedTo));
    }

    [Fact]
    public void Continued_ThatThrowsOrDoesNotAnswer_IsAProcessingFailureAndTheRestGoesOn()
    {
        using var server = new TestServer(Continuing(r =>
        {
            if (r.Command.MessageId == 1) throw new InvalidOperationException("Broken.");
            if (r.Command.MessageId == 3) r.Respond(DimseStatus.Success);
        }));
        using var peer = server.Connect().Associate(Request(4));
        for (ushort i = 1; i <= 3; i++) peer.Send(Ct, Store(i), i, new byte[1000]);
        var status = Enumerable.Range(0, 3).Select(_ => peer.ExpectMessage().Command).ToDictionary(c => c.MessageIdBeingRespondedTo, c => c.Status);

        Assert.Equal((DimseStatus.ProcessingFailure, DimseStatus.ProcessingFailure, DimseStatus.Success), (status[1], status[2], status[3]));
    }

    [Fact]
    public void MessageId_ThatIsOutstanding_IsADuplicateInvocation()
    {
        using var gate = new ManualResetEventSlim();
        using var server = new TestServer(Continuing(r =>
        {
            gate.Wait();
            r.Respond(DimseStatus.Success);
        }));
        using var peer = server.Connect().Associate(Request(4)).Send(Ct, Store(1), 1, new byte[1000]).Send(Ct, Store(2), 1, new byte[50_000]);

        Assert.Equal(DimseStatus.DuplicateInvocation, peer.ExpectMessage().Command.Status);
        gate.Set();
        Assert.Equal(DimseStatus.Success, peer.ExpectMessage().Command.Status);
        peer.Send(Ct, Store(3), 1, new byte[1000]);
        Assert.Equal(DimseStatus.Success, peer.ExpectMessage().Command.Status);
    }

    [Theory]
    [InlineData("abort")]
    [InlineData("reset")]
    [InlineData("close")]
    public async Task EndOfThePeer_WithOperationsOutstanding_EndsThemAll(string how)
    {
        var (begun, ended) = (0, 0);
        using var server = new TestServer(Continuing(r =>
        {
            Interlocked.Increment(ref begun);
            try
            {
                SpinUntil(() => r.IsCancelRequested);
            }
            finally
            {
                Interlocked.Increment(ref ended);
            }
        }));
        using (var peer = server.Connect().Associate(Request(8)))
        {
            for (ushort i = 1; i <= 8; i++) peer.Send(Ct, Store(i), i, new byte[1000]);
            SpinUntil(() => begun == 8);
            switch (how)
            {
                case "abort": peer.Send(new AAbort(AbortSource.ServiceUser, AbortReason.NotSpecified)); break;
                case "reset": peer.Reset(); break;
                default: peer.CloseSending(); break;
            }
            await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
        }
        Assert.Equal(8, ended);
    }

    [Fact]
    public void Release_WithOperationsOutstanding_IsAnsweredAfterThem()
    {
        using var server = new TestServer(Continuing(r =>
        {
            SpinUntil(() => r.IsCancelRequested);
            r.Respond(DimseStatus.Success);
        }));
        using var peer = server.Connect().Associate(Request(8));
        for (ushort i = 1; i <= 8; i++) peer.Send(Ct, Store(i), i, new byte[1000]);
        peer.Send(new AReleaseRq());

        for (var i = 0; i < 8; i++) Assert.True(peer.ExpectMessage().Command.Status.IsSuccess);
        peer.Expect<AReleaseRp>();
    }

    [Fact]
    public async Task Stop_WithOperationsOutstanding_LetsThemFinishThenAborts()
    {
        var begun = 0;
        var server = new TestServer(Continuing(r =>
        {
            Interlocked.Increment(ref begun);
            SpinUntil(() => r.IsStopping);
            r.Respond(DimseStatus.Success);
        }));
        using var peer = server.Connect().Associate(Request(4));
        for (ushort i = 1; i <= 4; i++) peer.Send(Ct, Store(i), i, new byte[1000]);
        SpinUntil(() => begun == 4);
        var stopping = Task.Run(() => server.Listener.Stop(TimeSpan.FromSeconds(30)));

        for (var i = 0; i < 4; i++) Assert.True(peer.ExpectMessage().Command.Status.IsSuccess);
        peer.Expect<AAbort>();
        await stopping;
        Assert.Equal(0, server.Listener.ActiveAssociations);
    }

    [Fact]
    public void Idle_WhileOperationsGoOn_IsNotIdle()
    {
        using var gate = new ManualResetEventSlim();
        using var server = new TestServer(
            Continuing(r =>
            {
                gate.Wait(TimeSpan.FromSeconds(4));
                r.Respond(DimseStatus.Success);
            }),
            new AssociationListenerOptions { IdleTimeout = TimeSpan.FromSeconds(2) });
        using var peer = server.Connect().Associate(Request(4)).Send(Ct, Store(1), 1, new byte[1000]);

        Assert.True(peer.ExpectMessage().Command.Status.IsSuccess);
        peer.Expect<AAbort>();
    }

    [Fact]
    public async Task Get_BesideOtherOperations_SendsItsObjectsOneAfterTheOther()
    {
        var objects = Enumerable.Range(0, 20).ToDictionary(i => $"9.{i}", i => new byte[10_000 + (2 * i)]);
        using var server = new TestServer(Continuing(r =>
        {
            if (r.Command.Command == CommandField.CGetRq)
            {
                foreach (var (uid, bytes) in objects)
                    Assert.True(r.Store(new StoreOperation(r.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, uid, new MemoryStream(bytes))).Status.IsSuccess);
            }
            r.Respond(DimseStatus.Success);
        }));
        using var peer = server.Connect().Associate(Request(8));
        CommandSet Retrieve() => CommandSet.GetRequest(Uids.StudyRootQueryRetrieveInformationModelGet);
        peer.Send(Get, Retrieve(), 101, Identifier).Send(Get, Retrieve(), 102, Identifier);
        var (received, outstanding, finals, echoes) = (0, 0, 0, 0);
        for (ushort id = 200; finals < 2;)
        {
            var (command, dataset) = peer.ExpectMessage();
            switch (command.Command)
            {
                case CommandField.CStoreRq:
                    Assert.Equal(objects[command.AffectedSopInstanceUid!], dataset);
                    Assert.Equal(1, ++outstanding);
                    received++;
                    // Between request and response of a sub-operation: requests of our own.
                    peer.Send(Echo, CommandSet.EchoRequest(), ++id).Send(Ct, Store(id), ++id, new byte[5000]);
                    var response = command.Response(DimseStatus.Success);
                    outstanding--;
                    peer.Send(Ct, response, 0);
                    break;
                case CommandField.CGetRsp:
                    Assert.True(command.Status.IsSuccess);
                    finals++;
                    break;
                default:
                    Assert.True(command.Status.IsSuccess);
                    echoes++;
                    break;
            }
        }
        while (echoes < 80)
        {
            Assert.True(peer.ExpectMessage().Command.Status.IsSuccess);
            echoes++;
        }
        Assert.Equal(40, received);
        peer.Send(new AReleaseRq()).Expect<AReleaseRp>();
        peer.Dispose();
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task Get_PeerEndsWithinASubOperation_EndsIt()
    {
        using var server = new TestServer(Continuing(r => r.Store(new StoreOperation(r.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, "9.1", new MemoryStream(new byte[100])))));
        foreach (var isOrderly in (bool[])[true, false])
        {
            using var peer = server.Connect().Associate(Request(8)).Send(Get, CommandSet.GetRequest(Uids.StudyRootQueryRetrieveInformationModelGet), 1, Identifier);
            Assert.Equal(CommandField.CStoreRq, peer.ExpectMessage().Command.Command);
            if (isOrderly) peer.Send(new AReleaseRq()).Expect<AReleaseRp>();
            else peer.Reset();
        }

        await server.ExpectSoundAsync();
    }

    [Fact]
    public void Get_NotContinued_RefusesOtherRequestsMeanwhile()
    {
        using var server = new TestServer();
        server.Service.Stored["9.1"] = new byte[1000];
        using var peer = server.Connect().Associate(Request(8)).Send(Get, CommandSet.GetRequest(Uids.StudyRootQueryRetrieveInformationModelGet), 1, Identifier);
        var store = peer.ExpectMessage().Command;
        peer.Send(Ct, Store(5), 2, new byte[100_000]);

        Assert.Equal((2, DimseStatus.ResourceLimitation), (peer.ExpectMessage().Command is var c ? c.MessageIdBeingRespondedTo : 0, c.Status));
        peer.Send(Ct, store.Response(DimseStatus.Success), 0);
        Assert.True(peer.ExpectMessage().Command.Status.IsPending);
        Assert.True(peer.ExpectMessage().Command.Status.IsSuccess);
    }

    [Fact]
    public async Task PeerThatReadsNothing_WithOperationsOutstanding_IsCutInTime()
    {
        using var server = new TestServer(
            Continuing(r =>
            {
                var answer = new DicomDataset().Set(Tags.PatientID, new string('X', 10_000));
                while (!r.IsCancelRequested) r.Respond(r.Command.Response(DimseStatus.Pending), answer);
            }),
            new AssociationListenerOptions { NetworkTimeout = TimeSpan.FromSeconds(2) });
        using var peer = server.Connect().Associate(Request(4));
        for (ushort i = 1; i <= 4; i++) peer.Send(Find, Query(), i, Identifier);

        await Eventually.TrueAsync(() => server.Listener.ActiveAssociations == 0);
    }

    [Fact]
    public async Task Stop_WithAPeerThatReadsNothing_CutsItInTime()
    {
        var begun = 0;
        var answer = new DicomDataset().Set(Tags.PatientID, new string('X', 10_000));
        var server = new TestServer(Continuing(r =>
        {
            Interlocked.Increment(ref begun);
            while (!r.IsCancelRequested) r.Respond(r.Command.Response(DimseStatus.Pending), answer);
        }));
        using var peer = server.Connect().Associate(Request(4));
        for (ushort i = 1; i <= 4; i++) peer.Send(Find, Query(), i, Identifier);
        SpinUntil(() => begun == 4);

        await Task.Run(() => server.Listener.Stop(TimeSpan.FromMilliseconds(500)));

        Assert.Equal(0, server.Listener.ActiveAssociations);
    }

    [Fact]
    public async Task Notify_NothingElseOutstanding_IsSentOnTheSameAssociation()
    {
        var (sent, responses) = (new ConcurrentQueue<bool>(), new ConcurrentQueue<DimseStatus>());
        using var isHeld = new ManualResetEventSlim();
        using var server = new TestServer(new TestService
        {
            Instead = r =>
            {
                if (r.Command.Command == CommandField.CStoreRq)
                {
                    r.Continue(() =>
                    {
                        isHeld.Wait();
                        r.Respond(DimseStatus.Success);
                    });
                    return;
                }
                r.Respond(DimseStatus.Success);
                sent.Enqueue(r.Notify(Query(), null, response => responses.Enqueue(response.Status)));
            },
        });
        using var peer = server.Connect().Associate(Request(8));
        peer.Send(Find, Query(), 1, Identifier);
        Assert.Equal(CommandField.CFindRsp, peer.ExpectMessage().Command.Command);
        var report = peer.ExpectMessage().Command;
        Assert.False(report.IsResponse);
        var answer = report.Response(DimseStatus.Success);
        peer.Send(Find, answer, answer.MessageId);
        await Eventually.TrueAsync(() => responses.Count == 1);

        // With another operation under way the peer is asked nothing.
        peer.Send(Ct, Store(1), 2, new byte[10]).Send(Find, Query(), 3, Identifier);
        Assert.Equal(3, peer.ExpectMessage().Command.MessageIdBeingRespondedTo);
        await Eventually.TrueAsync(() => sent.Count == 2);
        Assert.Equal([true, false], sent);
        isHeld.Set();
        Assert.Equal(2, peer.ExpectMessage().Command.MessageIdBeingRespondedTo);
    }

    [Fact]
    public void Respond_FromASecondThread_GoesOutInWholeMessages()
    {
        const int each = 2000;
        var answer = new DicomDataset().Set(Tags.PatientID, new string('X', 300));
        using var server = new TestServer(new TestService
        {
            Instead = r =>
            {
                r.ReadDataset();
                void Answer()
                {
                    for (var i = 0; i < each; i++) r.Respond(r.Command.Response(DimseStatus.Pending), answer);
                }
                var second = new Thread(Answer);
                second.Start();
                Answer();
                second.Join();
                r.Respond(DimseStatus.Success);
            },
        });
        using var client = server.Associate(new ProposedContext(Uids.StudyRootQueryRetrieveInformationModelFind, Uids.ExplicitVRLittleEndian));

        var responses = client.Find(Uids.StudyRootQueryRetrieveInformationModelFind, new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY")).ToList();

        Assert.Equal((2 * each) + 1, responses.Count);
        Assert.All(responses.SkipLast(1), r => Assert.Equal(300, r.Dataset!.GetString(Tags.PatientID)!.Length));
    }
}
