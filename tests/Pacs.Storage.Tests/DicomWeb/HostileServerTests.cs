using System.IO.Compression;
using System.Text;
using Pacs.Dicom.Datasets;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.DicomWeb;

/// <summary>Servers that do what no honest one does: the client ends, in time, with an error that says so, and stores nothing of it.</summary>
public sealed class HostileServerTests(LocalArchive archive) : IClassFixture<LocalArchive>
{
    private const string Multipart = "200 OK\r\nContent-Type: multipart/related; type=\"application/dicom\"; boundary=b";
    private const string Json = "200 OK\r\nContent-Type: application/dicom+json";

    private static readonly SampleObject Sample = SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 8, Columns = 8 });

    [Theory]
    [InlineData("200 OK\r\nContent-Type: text/html", "<html></html>")]
    [InlineData("200 OK", "")]
    [InlineData("200 OK\r\nContent-Type: multipart/related; type=\"application/dicom\"", "--b\r\n\r\nx\r\n--b--")]
    [InlineData("200 OK\r\nContent-Type: multipart/related; type=\"application/dicom\"; boundary=\"\"", "--b\r\n\r\nx\r\n--b--")]
    [InlineData("200 OK\r\nContent-Type: multipart/related; type=\"image/jpeg\"; boundary=b", "--b\r\n\r\nx\r\n--b--")]
    [InlineData("200 OK\r\nContent-Type: multipart/related; type=\"application/dicom\"; boundary=other", "--b\r\n\r\nx\r\n--b--")]
    [InlineData(Multipart, "no multipart at all")]
    [InlineData(Multipart, "--b\r\nno colon\r\n\r\nx\r\n--b--")]
    public async Task Retrieve_AnswerThatIsNone_IsRefused(string headers, string body)
    {
        using var server = new RawHttpServer(headers, body);
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => RetrieveAsync(server));
        Assert.Equal(DicomWebFailure.Refused, failure.Failure);
    }

    [Fact]
    public async Task Retrieve_AnswerEndsInAnObject_StoresThoseBeforeAndFails()
    {
        var other = SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        var file = Encoding.Latin1.GetString(other.ToPart10());
        using var server = new RawHttpServer(Multipart, $"--b\r\n\r\n{file}\r\n--b\r\n\r\n{file[..^5]}");
        var results = new List<IngestResult>();
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => RetrieveAsync(server, other.StudyInstanceUid, results));
        Assert.Equal(DicomWebFailure.MayPass, failure.Failure);
        Assert.Equal(IngestOutcome.Stored, Assert.Single(results).Outcome);
    }

    [Fact]
    public async Task Retrieve_ObjectsOfAnotherStudy_AreNotStored()
    {
        var stranger = SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        using var server = new RawHttpServer(Multipart, $"--b\r\n\r\n{Encoding.Latin1.GetString(stranger.ToPart10())}\r\n--b\r\n\r\nrubbish\r\n--b--");
        var results = new List<IngestResult>();
        await RetrieveAsync(server, "1.2.3", results);
        Assert.Equal([IngestOutcome.UidMismatch, IngestOutcome.NotUnderstood], results.Select(r => r.Outcome));
        Assert.Null(await archive.ReadAsync(stranger.SopInstanceUid));
    }

    [Fact]
    public async Task Answer_CompressedUnasked_IsNotInflated()
    {
        using var bomb = new MemoryStream();
        using (var gzip = new GZipStream(bomb, CompressionLevel.SmallestSize, leaveOpen: true)) gzip.Write(new byte[1 << 20]);
        using var server = new RawHttpServer(Json + "\r\nContent-Encoding: gzip", Encoding.Latin1.GetString(bomb.ToArray()));
        Assert.Equal(DicomWebFailure.Refused, (await Assert.ThrowsAsync<DicomWebException>(() => SearchAsync(server))).Failure);
        Assert.DoesNotContain("Accept-Encoding", server.Requests[0]);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("[{\"00080018\":{\"vr\":\"UI\"}}")]
    [InlineData("{\"00080018\"")]
    [InlineData("[[]]")]
    [InlineData("true")]
    [InlineData("[{\"nonsense\":1}]")]
    [InlineData("[{}{")]
    public async Task Search_AnswerThatIsNoArrayOfDatasets_IsRefused(string body)
    {
        using var server = new RawHttpServer(Json, body);
        Assert.Equal(DicomWebFailure.Refused, (await Assert.ThrowsAsync<DicomWebException>(() => SearchAsync(server))).Failure);
    }

    [Fact]
    public async Task Search_DeeplyNestedAnswer_IsRefused()
    {
        var nested = string.Concat(Enumerable.Repeat("{\"00400275\":{\"vr\":\"SQ\",\"Value\":[", 5000));
        using var server = new RawHttpServer(Json, $"[{nested}");
        Assert.Equal(DicomWebFailure.Refused, (await Assert.ThrowsAsync<DicomWebException>(() => SearchAsync(server))).Failure);
    }

    [Fact]
    public async Task Search_EndlessDataset_EndsAtTheLimit()
    {
        using var server = new RawHttpServer(async (stream, end) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {Json}\r\nConnection: close\r\n\r\n[{{\"00081030\":{{\"vr\":\"LO\",\"Value\":[\""), end);
            var text = new byte[1 << 20];
            text.AsSpan().Fill((byte)'x');
            while (true) await stream.WriteAsync(text, end);
        });
        Assert.Equal(DicomWebFailure.Refused, (await Assert.ThrowsAsync<DicomWebException>(() => SearchAsync(server))).Failure);
    }

    [Fact]
    public async Task Headers_Endless_EndTheExchange()
    {
        using var server = new RawHttpServer(async (stream, end) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), end);
            for (var i = 0; ; i++) await stream.WriteAsync(Encoding.ASCII.GetBytes($"X-{i}: {new string('x', 1000)}\r\n"), end);
        });
        await Assert.ThrowsAsync<DicomWebException>(() => SearchAsync(server));
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData($"HTTP/1.1 {Json}\r\n", "X")]
    [InlineData($"HTTP/1.1 {Json}\r\n\r\n", " ")]
    public async Task Answer_Dripping_IsGivenUp(string first, string drip)
    {
        using var server = new RawHttpServer(async (stream, end) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(first), end);
            using var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (await clock.WaitForNextTickAsync(end)) await stream.WriteAsync(Encoding.ASCII.GetBytes(drip), end);
        });
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => SearchAsync(server, patience: 1));
        Assert.Equal(DicomWebFailure.MayPass, failure.Failure);
    }

    [Fact]
    public async Task Answer_NotHttp_FailsAsOneThatMayPass()
    {
        using var server = new RawHttpServer((stream, end) => stream.WriteAsync("SSH-2.0-OpenSSH\r\n"u8.ToArray(), end).AsTask());
        Assert.Equal(DicomWebFailure.MayPass, (await Assert.ThrowsAsync<DicomWebException>(() => SearchAsync(server))).Failure);
    }

    [Fact]
    public void Uids_ThatLeadElsewhere_AreNoResource()
    {
        Assert.Throws<ArgumentException>(() => new DicomWebResource("../../admin"));
        Assert.Throws<ArgumentException>(() => new DicomWebResource("1.2", "1.2.3/4"));
        Assert.Throws<ArgumentException>(() => new DicomWebQuery(QueryLevel.Series) { StudyInstanceUid = "1?x=" }.Path);
    }

    private async Task RetrieveAsync(RawHttpServer server, string? study = null, List<IngestResult>? results = null)
    {
        await foreach (var result in archive.Connect(Peer(server)).RetrieveAsync(new DicomWebResource(study ?? Sample.StudyInstanceUid), new IngestSource("WADO-RS"), null, default))
            results?.Add(result);
    }

    private async Task<List<DicomDataset>> SearchAsync(RawHttpServer server, int patience = 60)
    {
        var found = new List<DicomDataset>();
        await foreach (var match in archive.Connect(Peer(server, patience)).SearchAsync(new DicomWebQuery(QueryLevel.Study), default)) found.Add(match);
        return found;
    }

    private static Peer Peer(RawHttpServer server, int patience = 60) => new("HOSTILE") { Web = new() { Url = server.Url, StallTimeoutSeconds = patience, ResponseTimeoutSeconds = patience } };
}
