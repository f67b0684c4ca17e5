using System.Buffers;
using System.Diagnostics;
using System.Net;
using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.Dimse.Tests.Find;

/// <summary>C-CANCEL of a query with far more matches than anybody reads, and of one that still searches for its first.</summary>
public sealed class FindCancelTests(FindCancelTests.Archive archive, ITestOutputHelper output) : IClassFixture<FindCancelTests.Archive>
{
    private const int Studies = 20_000;
    private const ushort MessageId = 7;
    private const string StudyRoot = Uids.StudyRootQueryRetrieveInformationModelFind;

    public sealed class Archive : IAsyncLifetime
    {
        public DimseFixture Server { get; } = new();

        public async Task InitializeAsync()
        {
            await Server.InitializeAsync();
            await SyntheticIndex.FillAsync(Server.Get<NpgsqlDataSource>(), Studies);
        }

        public Task DisposeAsync() => Server.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Find_CancelledAmidManyMatches_AnswersFE00Soon(ushort window)
    {
        using var peer = Send(window, new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY").Set(Tags.PatientName, "").Set(Tags.StudyDate, ""));
        var messages = new Messages(peer);
        for (var n = 0; n < 500; n++) Assert.Equal(DimseStatus.Pending, messages.Next().Status);

        var cancelled = Cancel(peer);
        var more = 0;
        while (messages.Next().Status is var status && status != DimseStatus.Cancel)
        {
            Assert.Equal(DimseStatus.Pending, status);
            more++;
        }
        output.WriteLine($"FE00 after {Stopwatch.GetElapsedTime(cancelled).TotalMilliseconds:0.0} ms and {more} answers that were on their way");
        Assert.True(more < Studies / 2, $"{more} answers came after the cancel.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Find_CancelledWhileNothingIsFound_AnswersFE00(ushort window)
    {
        // The search cannot even begin while this holds the table: it is certain to be under way when the cancel comes.
        await using var studies = await LockAsync("studies");
        using var peer = Send(window, new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY").Set(Tags.PatientID, "PID00000001"));
        await Eventually.TrueAsync(() => IsWaitedForAsync("studies"));

        var cancelled = Cancel(peer);
        Assert.Equal(DimseStatus.Cancel, new Messages(peer).Next().Status);
        output.WriteLine($"FE00 after {Stopwatch.GetElapsedTime(cancelled).TotalMilliseconds:0.0} ms");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Find_AssociationAbortedWhileNothingIsFound_EndsTheSearch(ushort window)
    {
        await using var patients = await LockAsync("patients");
        using (var peer = Send(window, new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY").Set(Tags.PatientID, "PID00000001")))
        {
            await Eventually.TrueAsync(() => IsWaitedForAsync("patients"));
            peer.Reset();
        }
        await Eventually.TrueAsync(async () => !await IsWaitedForAsync("patients"));
    }

    private async Task<NpgsqlConnection> LockAsync(string table)
    {
        var connection = await archive.Server.Get<NpgsqlDataSource>().OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"BEGIN; LOCK TABLE {table}", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task<bool> IsWaitedForAsync(string table)
    {
        await using var command = archive.Server.Get<NpgsqlDataSource>().CreateCommand($"SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = '{table}'::regclass");
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    [Fact]
    public async Task Find_OneOfSeveralOutstandingIsCancelled_TheOthersGoOn()
    {
        const ushort Other = 9;
        var identifier = new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY").Set(Tags.PatientID, "PID00000001");
        await using var studies = await LockAsync("studies");
        using var peer = Send(4, identifier);
        Send(peer, identifier, Other);
        var messages = new Messages(peer);
        Cancel(peer, Other);
        var cancelled = messages.Next();
        Assert.Equal((DimseStatus.Cancel, Other), (cancelled.Status, cancelled.MessageIdBeingRespondedTo));

        await studies.CloseAsync();
        CommandSet response;
        while ((response = messages.Next()).Status.IsPending) Assert.Equal(MessageId, response.MessageIdBeingRespondedTo);
        Assert.Equal((DimseStatus.Success, MessageId), (response.Status, response.MessageIdBeingRespondedTo));
    }

    private ScriptedPeer Send(ushort window, DicomDataset identifier)
    {
        var peer = ScriptedPeer.Connect(new IPEndPoint(IPAddress.Loopback, archive.Server.Address.Port));
        peer.Associate(ScriptedPeer.VerificationRequest with
        {
            PresentationContexts = [new PresentationContextProposal(1, StudyRoot, [Uids.ImplicitVRLittleEndian])],
            UserInformation = ScriptedPeer.VerificationRequest.UserInformation with { AsyncOperationsWindow = new AsyncOperationsWindow(window, 1) },
        });
        return Send(peer, identifier, MessageId);
    }

    private static ScriptedPeer Send(ScriptedPeer peer, DicomDataset identifier, ushort messageId)
    {
        var request = CommandSet.FindRequest(StudyRoot);
        request.MessageId = messageId;
        request.HasDataset = true;
        var bytes = new ArrayBufferWriter<byte>();
        DatasetWriter.Write(identifier, TransferSyntaxRegistry.ImplicitVrLittleEndian, bytes);
        return peer.Send([.. Pdu(true, Encode(request)), .. Pdu(false, bytes.WrittenMemory)]);
    }

    private static long Cancel(ScriptedPeer peer, ushort messageId = MessageId)
    {
        peer.Send(Pdu(true, Encode(CommandSet.CancelRequest(messageId))));
        return Stopwatch.GetTimestamp();
    }

    private static byte[] Pdu(bool isCommand, ReadOnlyMemory<byte> data) => PduWriter.ToArray(new PDataTf(new PresentationDataValue(1, isCommand, true, data)));

    private static ReadOnlyMemory<byte> Encode(CommandSet command)
    {
        var bytes = new ArrayBufferWriter<byte>();
        command.Write(bytes);
        return bytes.WrittenMemory;
    }

    /// <summary>Commands that arrive, of which a PDU can hold several, or a part.</summary>
    private sealed class Messages(ScriptedPeer peer)
    {
        private readonly Queue<CommandSet> _commands = [];
        private readonly List<byte> _part = [];

        public CommandSet Next()
        {
            CommandSet? command;
            while (!_commands.TryDequeue(out command))
            {
                foreach (var value in peer.Expect<PDataTf>().Values.Where(v => v.IsCommand))
                {
                    _part.AddRange(value.Data.Span);
                    if (!value.IsLast) continue;
                    _commands.Enqueue(CommandSet.Read(_part.ToArray()));
                    _part.Clear();
                }
            }
            return command;
        }
    }
}
