using System.Text;
using Microsoft.AspNetCore.Http;
using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Access;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.DicomWeb;

/// <summary>STOW-RS as user agent, against a server that answers as told.</summary>
public sealed class StowClientTests(LocalArchive archive) : IClassFixture<LocalArchive>, IAsyncLifetime
{
    private ScriptedDicomWeb _server = null!;

    public async Task InitializeAsync() => _server = await ScriptedDicomWeb.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Store_ManyObjects_AreSentInRequestsBoundedByNumberAndBytes()
    {
        var instances = await StoreAsync(9);
        var length = instances[0].BlobLength;
        var byNumber = await archive.SendAsync(Peer(w => w with { MaxInstancesPerRequest = 4 }), instances);
        Assert.Equal(3, _server.Exchanges.Count);
        var byBytes = await archive.SendAsync(Peer(w => w with { MaxBytesPerRequest = 2 * length + 1000 }), instances);
        Assert.Equal(3 + 5, _server.Exchanges.Count);
        // One that is larger than a request may be goes by itself.
        await archive.SendAsync(Peer(w => w with { MaxBytesPerRequest = 1 }), [.. instances.Take(2)]);
        Assert.Equal(3 + 5 + 2, _server.Exchanges.Count);
        Assert.All(byNumber.Concat(byBytes), r => Assert.Equal(SendOutcome.Sent, r.Result.Outcome));
        Assert.Equal(instances.Select(i => i.SopInstanceUid), byNumber.Select(r => r.Instance.SopInstanceUid));
        Assert.All(_server.Exchanges, e => Assert.True(long.Parse(e.Headers.ContentLength.ToString()!) > 0));
    }

    [Theory]
    [InlineData(0xA700, SendOutcome.NotNow)]
    [InlineData(0x0110, SendOutcome.NotNow)]
    [InlineData(0xA900, SendOutcome.Refused)]
    [InlineData(0xC000, SendOutcome.Refused)]
    [InlineData(0x0122, SendOutcome.Refused)]
    public async Task Store_OneObjectFails_IsToldOfThatOneByItsReason(int reason, SendOutcome expected)
    {
        var instances = await StoreAsync(3);
        _server.FailureReason = uid => uid == instances[1].SopInstanceUid ? (ushort)reason : null;
        var results = await archive.SendAsync(Peer(), instances);
        Assert.Equal([SendOutcome.Sent, expected, SendOutcome.Sent], results.Select(r => r.Result.Outcome));
        Assert.Equal(reason, (int)results[1].Result.Status!.Value.Value);
        Assert.NotEmpty(results[1].Result.Message);
    }

    [Fact]
    public async Task Store_WarningReason_IsSuccessWithAWarning()
    {
        var instances = await StoreAsync(1);
        _server.Then(context => AnswerAsync(context, 202, $$$"""{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["{{{instances[0].SopInstanceUid}}}"]},"00081196":{"vr":"US","Value":[45056]}}]}}"""));
        var (_, result) = Assert.Single(await archive.SendAsync(Peer(), instances));
        Assert.Equal((SendOutcome.SentWithWarning, 0xB000), (result.Outcome, result.Status!.Value.Value));
    }

    [Fact]
    public async Task Store_AnswerInXml_IsRead()
    {
        var instances = await StoreAsync(2);
        string Item(string uid, string more) => $"""<Item number="1"><DicomAttribute tag="00081155" vr="UI"><Value number="1">{uid}</Value></DicomAttribute>{more}</Item>""";
        _server.Then(context => AnswerAsync(context, 202, $"""
            <?xml version="1.0"?><NativeDicomModel>
            <DicomAttribute tag="00081198" vr="SQ">{Item(instances[0].SopInstanceUid, """<DicomAttribute tag="00081197" vr="US"><Value number="1">43264</Value></DicomAttribute>""")}</DicomAttribute>
            <DicomAttribute tag="00081199" vr="SQ">{Item(instances[1].SopInstanceUid, "")}</DicomAttribute></NativeDicomModel>
            """, "application/dicom+xml"));
        var results = await archive.SendAsync(Peer(), instances);
        Assert.Equal([SendOutcome.Refused, SendOutcome.Sent], results.Select(r => r.Result.Outcome));
    }

    [Fact]
    public async Task Store_AnswerNamesNotAll_CountsAsStoredOnlyWhatIsFoundThere()
    {
        var instances = await StoreAsync(3);
        _server.Add(await FileAsync(instances[0]));
        _server.Then(context => AnswerAsync(context, 200, $$$"""{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["{{{instances[2].SopInstanceUid}}}"]}}]}}"""));
        var results = await archive.SendAsync(Peer(), instances);
        Assert.Equal([SendOutcome.Sent, SendOutcome.NotNow, SendOutcome.Sent], results.Select(r => r.Result.Outcome));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>stored</html>")]
    [InlineData("{")]
    [InlineData("""{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2.3"]}}]}}""")]
    public async Task Store_SuccessWithoutAWordOfTheObject_IsNoSuccess(string answer)
    {
        var instances = await StoreAsync(1);
        _server.Then(context => AnswerAsync(context, 200, answer));
        var (_, result) = Assert.Single(await archive.SendAsync(Peer(), instances));
        Assert.Equal(SendOutcome.NotNow, result.Outcome);
    }

    [Fact]
    public async Task Store_RequestRefusedAsAWhole_IsHalvedUntilTheOneIsFound()
    {
        var instances = await StoreAsync(8);
        var bad = await FileAsync(instances[5]);
        _server.Intercept = async context =>
        {
            context.Request.EnableBuffering();
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            context.Request.Body.Position = 0;
            if (body.ToArray().AsSpan().IndexOf(bad) < 0) return false;
            context.Response.StatusCode = 400;
            return true;
        };
        var results = await archive.SendAsync(Peer(), instances);
        Assert.Equal(instances.Select(i => i.SopInstanceUid), results.Select(r => r.Instance.SopInstanceUid));
        Assert.Equal(instances[5].SopInstanceUid, Assert.Single(results, r => r.Result.Outcome == SendOutcome.Refused).Instance.SopInstanceUid);
        Assert.Equal(7, results.Count(r => r.Result.Outcome == SendOutcome.Sent));
    }

    [Theory]
    [InlineData(401, DicomWebFailure.Away)]
    [InlineData(429, DicomWebFailure.Away)]
    [InlineData(503, DicomWebFailure.Away)]
    [InlineData(502, DicomWebFailure.Away)]
    [InlineData(500, DicomWebFailure.MayPass)]
    [InlineData(408, DicomWebFailure.MayPass)]
    public async Task Store_ServerFails_IsNoFaultOfTheObject(int status, DicomWebFailure expected)
    {
        var instances = await StoreAsync(2);
        _server.Then(status, retryAfter: "7");
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => archive.SendAsync(Peer(), instances));
        Assert.Equal((expected, status, TimeSpan.FromSeconds(7)), (failure.Failure, failure.Status, failure.RetryAfter));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(413)]
    [InlineData(415)]
    [InlineData(302)]
    public async Task Store_ServerRefusesTheRequest_IsFinal(int status)
    {
        var instances = await StoreAsync(1);
        _server.Then(status);
        var (_, result) = Assert.Single(await archive.SendAsync(Peer(), instances));
        Assert.Equal(SendOutcome.Refused, result.Outcome);
        Assert.Contains($"{status}", result.Message);
    }

    [Fact]
    public async Task Store_TooLargeToBeTaken_IsSentInSmallerRequests()
    {
        var instances = await StoreAsync(4);
        _server.Then(413);
        Assert.All(await archive.SendAsync(Peer(), instances), r => Assert.Equal(SendOutcome.Sent, r.Result.Outcome));
        Assert.Equal(3, _server.Exchanges.Count);
    }

    [Fact]
    public async Task Store_ConnectionCut_TellsOfNone()
    {
        var instances = await StoreAsync(2);
        _server.ThenCutAfter(500);
        Assert.Equal(DicomWebFailure.MayPass, (await Assert.ThrowsAsync<DicomWebException>(() => archive.SendAsync(Peer(), instances))).Failure);
        _server.ThenCutAnswer();
        Assert.Equal(DicomWebFailure.MayPass, (await Assert.ThrowsAsync<DicomWebException>(() => archive.SendAsync(Peer(), instances))).Failure);
    }

    [Fact]
    public async Task Store_NobodyThere_IsAway()
    {
        var instances = await StoreAsync(1);
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => archive.SendAsync(new Peer("GONE") { Web = new PeerWeb { Url = "http://127.0.0.1:1/dicomweb" } }, instances));
        Assert.Equal(DicomWebFailure.Away, failure.Failure);
    }

    [Fact]
    public async Task Store_FileHasLostItsEnd_SendsTheOthers()
    {
        var instances = await StoreAsync(4);
        using (var file = File.Open(Path.Combine(archive.Postgres.DataFolder, "blobs", instances[1].BlobKey), FileMode.Open, FileAccess.ReadWrite)) file.SetLength(file.Length - 10);
        var results = await archive.SendAsync(Peer(), instances);
        Assert.Equal(instances[1].SopInstanceUid, Assert.Single(results, r => r.Result.Outcome == SendOutcome.Refused).Instance.SopInstanceUid);
        Assert.Equal(instances.Where((_, i) => i != 1).Select(i => i.SopInstanceUid).Order(), _server.SopInstanceUids);
    }

    [Fact]
    public async Task Store_PeerTakesCertainSyntaxes_NativeObjectsAreConvertedOthersBarred()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] samples = [SampleObjects.Ct(options with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian }), SampleObjects.Encapsulated(options with { SeriesNumber = 2 })];
        var instances = await archive.StoreAsync(samples);
        var peer = Peer() with { Rules = new AssociationRules { TransferSyntaxes = [TransferSyntaxRegistry.ExplicitVrLittleEndian.Uid] } };
        var results = await archive.SendAsync(peer, instances);
        Assert.Equal(SendOutcome.Refused, results.Single(r => r.Instance == instances[1]).Result.Outcome);
        Assert.Equal(SendOutcome.Sent, results.Single(r => r.Instance == instances[0]).Result.Outcome);
        var file = DicomFile.Read(new MemoryStream(_server.FileOf(instances[0].SopInstanceUid)));
        Assert.Equal(TransferSyntaxRegistry.ExplicitVrLittleEndian, file.FileMeta.TransferSyntax);
    }

    [Fact]
    public async Task Store_ServerTakesNotTheSyntax_IsSentAgainAsExplicitVrLittleEndian()
    {
        var instances = await archive.StoreAsync([SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian })]);
        var first = true;
        _server.FailureReason = _ => Interlocked.Exchange(ref first, false) ? (ushort)0xC122 : null;
        var (_, result) = Assert.Single(await archive.SendAsync(Peer(), instances));
        Assert.Equal(SendOutcome.Sent, result.Outcome);
        Assert.Equal(TransferSyntaxRegistry.ExplicitVrLittleEndian, DicomFile.Read(new MemoryStream(_server.FileOf(instances[0].SopInstanceUid))).FileMeta.TransferSyntax);
    }

    [Fact]
    public async Task Store_Stopped_EndsBeforeTheNextObject()
    {
        var instances = await StoreAsync(6);
        using var stop = new CancellationTokenSource();
        var count = 0;
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in archive.Connect(Peer()).StoreAsync(instances, new StowOptions { OneByOne = true, Stop = stop.Token }, default))
            {
                if (++count == 2) await stop.CancelAsync();
            }
        });
        Assert.Equal((2, 2), (count, _server.Exchanges.Count));
    }

    [Fact]
    public async Task Store_ServerReadsNotOn_IsGivenUp()
    {
        var instances = await archive.StoreAsync([SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 4096, Columns = 4096 })]);
        var end = new TaskCompletionSource();
        _server.ThenWait(end.Task);
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => archive.SendAsync(Peer(w => w with { StallTimeoutSeconds = 1, ResponseTimeoutSeconds = 20 }), instances));
        end.SetResult();
        Assert.Equal(DicomWebFailure.MayPass, failure.Failure);
    }

    private Task<IReadOnlyList<StoredInstance>> StoreAsync(int count) =>
        archive.StoreAsync(SampleObjects.Study(1, count, SampleOptions.Fresh() with { Rows = 8, Columns = 8 }));

    private async Task<byte[]> FileAsync(StoredInstance instance)
    {
        var file = await File.ReadAllBytesAsync(Path.Combine(archive.Postgres.DataFolder, "blobs", instance.BlobKey));
        return [.. new FileMetaInformation
        {
            MediaStorageSopClassUid = instance.SopClassUid, MediaStorageSopInstanceUid = instance.SopInstanceUid, TransferSyntax = instance.TransferSyntax,
        }.ToPart10Header(), .. file.AsSpan(instance.DatasetOffset)];
    }

    private static async Task<bool> AnswerAsync(HttpContext context, int status, string body, string type = "application/dicom+json")
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
        return true;
    }

    private Peer Peer(Func<PeerWeb, PeerWeb>? change = null)
    {
        var web = new PeerWeb { Url = _server.DicomWeb.ToString() };
        return new Peer("SCRIPTED") { Web = change?.Invoke(web) ?? web };
    }
}
