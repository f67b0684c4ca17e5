using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.TestKit.Soak;

/// <summary>The kinds of visit that a listener gets in a soak: polite ones, and every way to be rude.</summary>
/// <param name="server">The plain listener.</param>
/// <param name="securePort">One with TLS; null for none.</param>
/// <param name="study">A stored study, to be fetched.</param>
internal sealed class SoakVisits(DicomAddress server, int? securePort, IReadOnlyList<SampleObject> study) : IDisposable
{
    private const byte Context = 1;

    private readonly TestScu _scu = new(server);
    private readonly IPEndPoint _plain = new(IPAddress.Loopback, server.Port);
    private readonly List<ScriptedPeer> _silent = [];
    private int _acknowledged;

    /// <summary>Objects whose C-STORE was answered with success.</summary>
    public int Acknowledged => _acknowledged;

    /// <summary>Each by its name; a visit takes a number that no other has.</summary>
    public IReadOnlyList<(string Name, Action<int> Visit)> All =>
    [
        ("C-ECHO", _ => Polite([new(Uids.Verification, Uids.ImplicitVRLittleEndian)], a => a.Echo())),
        ("C-STORE", Store),
        ("C-FIND", _ => Polite([new(Uids.StudyRootQueryRetrieveInformationModelFind, Uids.ExplicitVRLittleEndian)],
            a => AwaitSuccess(a.Find(Uids.StudyRootQueryRetrieveInformationModelFind, Identifier())))),
        ("C-GET", _ => Get()),
        ("abort after C-ECHO", _ => Impolite([new(Uids.Verification, Uids.ImplicitVRLittleEndian)], a => a.Echo())),
        ("port scan", _ => ScriptedPeer.Connect(_plain).Dispose()),
        ("port scan with reset", _ => ScriptedPeer.Connect(_plain).Reset()),
        ("garbage", number => Rude(p => p.Send(Garbage(number)))),
        ("HTTP", _ => Rude(p => p.Send([.. "GET / HTTP/1.1\r\nHost: pacs\r\n\r\n"u8]))),
        ("half an A-ASSOCIATE-RQ", number => Rude(p => p.Send(Part(PduWriter.ToArray(ScriptedPeer.VerificationRequest), number)))),
        ("associated, then reset", _ => Reset(p => p.Associate())),
        ("associated, then A-ABORT", _ => Rude(p => p.Associate().Send(new AAbort(AbortSource.ServiceUser, default)))),
        ("half a command", number => Reset(p => p.Associate().Send(Part(Command(CommandSet.EchoRequest(), false), number)))),
        ("C-STORE cut by reset", number => Reset(p => BeginStore(p, number))),
        ("C-STORE cut by A-ABORT", number => Rude(p => BeginStore(p, number).Send(new AAbort(AbortSource.ServiceUser, default)))),
        ("C-STORE cut by close", number => Rude(p => BeginStore(p, number))),
        ("C-GET, gone at the first object", _ => Reset(p => BeginGet(p).Expect<PDataTf>())),
        ("C-FIND, gone at once", _ => Reset(p => BeginFind(p))),
        .. Secure(),
    ];

    /// <summary>Connects and says nothing, half of something, or nothing after it has associated; stays to the end.</summary>
    public void Stay(int number)
    {
        var peer = ScriptedPeer.Connect(number % 4 == 0 && securePort is { } port ? new IPEndPoint(IPAddress.Loopback, port) : _plain);
        if (number % 4 == 1) peer.Send(PduWriter.ToArray(ScriptedPeer.VerificationRequest)[..40]);
        if (number % 4 == 2) peer.Associate();
        _silent.Add(peer);
    }

    public void Dispose()
    {
        foreach (var peer in _silent) peer.Dispose();
    }

    private IEnumerable<(string, Action<int>)> Secure()
    {
        if (securePort is not { } port) yield break;
        var secure = new IPEndPoint(IPAddress.Loopback, port);
        yield return ("C-ECHO over TLS", _ => Polite([new(Uids.Verification, Uids.ImplicitVRLittleEndian)], a => a.Echo(), port));
        yield return ("TLS: port scan", _ => ScriptedPeer.Connect(secure).Dispose());
        yield return ("TLS: half a handshake", number => Rude(p => p.Send(Part(ClientHello, number)), secure));
        yield return ("TLS: handshake, then reset", _ => Reset(p => p.Send(ClientHello), secure));
        yield return ("TLS: plain A-ASSOCIATE-RQ", _ => Rude(p => p.Send(ScriptedPeer.VerificationRequest), secure));
        yield return ("TLS: garbage", number => Rude(p => p.Send(Garbage(number)), secure));
    }

    private void Store(int number)
    {
        var sample = SampleObjects.Ct(new SampleOptions { Seed = 1_000_000 + number });
        Polite([new(sample.SopClassUid, sample.TransferSyntax.Uid)], association =>
        {
            var bytes = new MemoryStream(sample.ToDatasetBytes());
            var response = association.Store(new StoreOperation(association.FindContexts(sample.SopClassUid)[0], sample.SopClassUid, sample.SopInstanceUid, bytes));
            if (response.Status.IsSuccess) Interlocked.Increment(ref _acknowledged);
        });
    }

    private void Get()
    {
        var store = new CollectingStore([new ServiceContext(study[0].SopClassUid, [study[0].TransferSyntax.Uid])]);
        Polite(GetContexts(), association => AwaitSuccess(association.Get(Uids.StudyRootQueryRetrieveInformationModelGet, Identifier(), store)));
        if (store.Objects.Count != study.Count) throw new InvalidOperationException($"{store.Objects.Count} of {study.Count} objects came.");
    }

    private static void AwaitSuccess(IEnumerable<DimseResponse> responses)
    {
        if (responses.Last() is { Status.IsSuccess: false } last) throw new InvalidOperationException($"The server answered {last.Status}.");
    }

    private ProposedContext[] GetContexts() =>
        [new(Uids.StudyRootQueryRetrieveInformationModelGet, Uids.ExplicitVRLittleEndian), new(study[0].SopClassUid, study[0].TransferSyntax.Uid) { AsScp = true }];

    private DicomDataset Identifier() => new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(Tags.StudyInstanceUID, study[0].StudyInstanceUid);

    private void Polite(IReadOnlyList<ProposedContext> contexts, Action<ClientAssociation> use, int? port = null)
    {
        using var association = port is null ? _scu.Connect(contexts) : ConnectSecurely(contexts, port.Value);
        use(association);
        association.Release();
    }

    private void Impolite(IReadOnlyList<ProposedContext> contexts, Action<ClientAssociation> use)
    {
        using var association = _scu.Connect(contexts);
        use(association);
        association.Abort();
    }

    private void Rude(Action<ScriptedPeer> use, IPEndPoint? at = null)
    {
        using var peer = ScriptedPeer.Connect(at ?? _plain);
        Ignoring(() => use(peer));
    }

    private void Reset(Action<ScriptedPeer> use, IPEndPoint? at = null)
    {
        var peer = ScriptedPeer.Connect(at ?? _plain);
        Ignoring(() => use(peer));
        peer.Reset();
    }

    /// <summary>Who sends what is wrong may be cut off while it does.</summary>
    private static void Ignoring(Action use)
    {
        try
        {
            use();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            // The server was quicker.
        }
    }

    private static ScriptedPeer BeginStore(ScriptedPeer peer, int number)
    {
        var sample = SampleObjects.Ct(new SampleOptions { Seed = -1 - number, Rows = 256, Columns = 256 });
        var dataset = sample.ToDatasetBytes();
        return Associate(peer, sample.SopClassUid, sample.TransferSyntax.Uid)
            .Send(Command(CommandSet.StoreRequest(sample.SopClassUid, sample.SopInstanceUid), true))
            .Send(Part(Data(dataset.AsMemory(0, 16_000)), number));
    }

    private ScriptedPeer BeginFind(ScriptedPeer peer) => Associate(peer, Uids.StudyRootQueryRetrieveInformationModelFind, Uids.ExplicitVRLittleEndian)
        .Send(Command(CommandSet.FindRequest(Uids.StudyRootQueryRetrieveInformationModelFind), true))
        .Send(Data(DatasetWriter.ToArray(Identifier(), TransferSyntaxRegistry.ExplicitVrLittleEndian), isLast: true));

    private ScriptedPeer BeginGet(ScriptedPeer peer)
    {
        peer.Associate(new AAssociateRq
        {
            CalledAeTitle = server.AeTitle,
            CallingAeTitle = "SOAK",
            PresentationContexts =
            [
                new PresentationContextProposal(Context, Uids.StudyRootQueryRetrieveInformationModelGet, [Uids.ExplicitVRLittleEndian]),
                new PresentationContextProposal(3, study[0].SopClassUid, [study[0].TransferSyntax.Uid]),
            ],
            UserInformation = new UserInformation { MaxPduLength = 16384, ImplementationClassUid = "1.2.3", RoleSelections = [new RoleSelection(study[0].SopClassUid, false, true)] },
        });
        return peer.Send(Command(CommandSet.GetRequest(Uids.StudyRootQueryRetrieveInformationModelGet), true))
            .Send(Data(DatasetWriter.ToArray(Identifier(), TransferSyntaxRegistry.ExplicitVrLittleEndian), isLast: true));
    }

    private static ScriptedPeer Associate(ScriptedPeer peer, string sopClassUid, string transferSyntaxUid) => peer.Associate(ScriptedPeer.VerificationRequest with
    {
        PresentationContexts = [new PresentationContextProposal(Context, sopClassUid, [transferSyntaxUid])],
    });

    private static byte[] Command(CommandSet command, bool hasDataset)
    {
        command.MessageId = 1;
        command.HasDataset = hasDataset;
        var buffer = new ArrayBufferWriter<byte>();
        command.Write(buffer);
        return PduWriter.ToArray(new PDataTf(new PresentationDataValue(Context, true, true, buffer.WrittenMemory)));
    }

    private static byte[] Data(ReadOnlyMemory<byte> bytes, bool isLast = false) =>
        PduWriter.ToArray(new PDataTf(new PresentationDataValue(Context, false, isLast, bytes)));

    /// <summary>From the first byte to the last but one, another part for each number.</summary>
    private static byte[] Part(byte[] bytes, int number) => bytes[..(1 + (int)((uint)number * 7919 % (uint)(bytes.Length - 1)))];

    private static byte[] Garbage(int number)
    {
        var random = new Random(number);
        var bytes = new byte[random.Next(1, 4096)];
        random.NextBytes(bytes);
        return bytes;
    }

    private ClientAssociation ConnectSecurely(IReadOnlyList<ProposedContext> contexts, int port) => ClientAssociation.Connect(new ClientAssociationOptions
    {
        Host = server.Host,
        Port = port,
        CalledAeTitle = server.AeTitle,
        CallingAeTitle = TestScu.AeTitle,
        Contexts = contexts,
        Tls = () => new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true },
    });

    /// <summary>What a TLS client says first, as .NET's own does.</summary>
    private static byte[] ClientHello { get; } = RecordClientHello();

    private static byte[] RecordClientHello()
    {
        using var wire = new MemoryStream();
        using var tls = new SslStream(wire, leaveInnerStreamOpen: true);
        try
        {
            tls.AuthenticateAsClient("localhost");
        }
        catch (IOException)
        {
            // Nobody answers: what was said is all that is wanted.
        }
        return wire.ToArray();
    }
}
