using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.TestKit;
using Pacs.TestKit.Clients;

namespace Pacs.Storage.Tests.DicomWeb;

/// <summary>QIDO-RS as user agent: what is asked, and when it is at the end.</summary>
public sealed class DicomWebSearchTests(LocalArchive archive) : IClassFixture<LocalArchive>, IAsyncLifetime
{
    private ScriptedDicomWeb _server = null!;

    public async Task InitializeAsync() => _server = await ScriptedDicomWeb.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(10, 1000)]
    [InlineData(4, 1000)]
    [InlineData(5, 1000)]
    [InlineData(4, 3)]
    public async Task Search_Pages_AreReadToTheEnd(int pageSize, int most)
    {
        _server.Intercept = context => AnswerAsync(context, total: 10, most);
        var found = await SearchAsync(new DicomWebQuery(QueryLevel.Study), pageSize);
        Assert.Equal(Enumerable.Range(0, 10).Select(n => $"1.2.{n}"), found.Select(f => f.GetString(Tags.StudyInstanceUID)));
    }

    [Fact]
    public async Task Search_Limit_IsNotExceeded()
    {
        _server.Intercept = context => AnswerAsync(context, total: 10, most: 1000);
        Assert.Equal(7, (await SearchAsync(new DicomWebQuery(QueryLevel.Study) { Limit = 7 }, pageSize: 4)).Count);
        Assert.Equal(["4", "3"], _server.Exchanges.Select(e => Parameter(e, "limit")));
    }

    [Fact]
    public async Task Search_ServerKnowsNoPages_GivesEachMatchOnce()
    {
        // All at once, whatever is asked for; and the first few again and again.
        _server.Intercept = context => AnswerAsync(context, total: 10, most: 1000, ignoresPages: true);
        Assert.Equal(10, (await SearchAsync(new DicomWebQuery(QueryLevel.Study), pageSize: 4)).Count);
        _server.Intercept = context => AnswerAsync(context, total: 4, most: 1000, ignoresPages: true);
        Assert.Equal(4, (await SearchAsync(new DicomWebQuery(QueryLevel.Study), pageSize: 4)).Count);
    }

    [Fact]
    public async Task Search_NoMatches_IsEmpty()
    {
        Assert.Empty(await SearchAsync(new DicomWebQuery(QueryLevel.Study), 10));
        _server.Then(context => WriteAsync(context, "[]"));
        Assert.Empty(await SearchAsync(new DicomWebQuery(QueryLevel.Study), 10));
        _server.Then(context => WriteAsync(context, ""));
        Assert.Empty(await SearchAsync(new DicomWebQuery(QueryLevel.Study), 10));
    }

    [Fact]
    public async Task Search_Warnings_ReachWhoAsked()
    {
        _server.Then(context =>
        {
            context.Response.Headers.Append("Warning", "299 server \"The fuzzymatching parameter is not supported.\"");
            return WriteAsync(context, "[]");
        });
        var warnings = new List<string>();
        await foreach (var _ in Client(10).SearchAsync(new DicomWebQuery(QueryLevel.Study) { FuzzyMatching = true }, default, warnings)) { }
        Assert.Equal(["The fuzzymatching parameter is not supported."], warnings);
        Assert.Equal("true", Parameter(_server.Exchanges[0], "fuzzymatching"));
    }

    [Fact]
    public async Task Search_QueryOfTheEngine_IsTheSameQuestion()
    {
        var query = new QuerySpec(QueryLevel.Series)
        {
            Keys =
            [
                new(new AttributePath(Tags.PatientName), Vr.PN, ["Grün*^&="]),
                new(new AttributePath(Tags.StudyInstanceUID), Vr.UI, ["1.2.3"]),
                new(new AttributePath(Tags.SeriesInstanceUID), Vr.UI, ["1.2.3.4", "1.2.3.5"]),
                new(new AttributePath(Tags.RequestAttributesSequence, Tags.ScheduledProcedureStepID), Vr.SH, ["SPS 1"]),
            ],
            Return = [new(Tags.Modality)],
        };
        await foreach (var _ in Client(10).SearchAsync(DicomWebQuery.Of(query), default)) { }
        var exchange = Assert.Single(_server.Exchanges);
        Assert.StartsWith("/dicomweb/studies/1.2.3/series?", exchange.PathAndQuery);
        Assert.Equal("Grün*^&=", Parameter(exchange, "PatientName"));
        Assert.Equal("1.2.3.4,1.2.3.5", Parameter(exchange, "SeriesInstanceUID"));
        Assert.Equal("SPS 1", Parameter(exchange, "RequestAttributesSequence.ScheduledProcedureStepID"));
        Assert.Equal("Modality", Parameter(exchange, "includefield"));
        Assert.Null(Parameter(exchange, "StudyInstanceUID"));
    }

    [Theory]
    [InlineData("[{\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2\"]}} , {\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.3\"]}},{}]", 3)]
    [InlineData("\uFEFF [ ]", 0)]
    [InlineData(" {\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2\"]}} ", 1)]
    [InlineData("", 0)]
    public async Task Array_InPiecesOfAnySize_GivesTheSameDatasets(string text, int count)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= bytes.Length + 1; size++)
        {
            var pipe = new Pipe();
            var writing = WriteAsync(pipe.Writer, bytes, size);
            var reader = new DatasetArrayReader(pipe.Reader);
            var read = 0;
            while (await reader.ReadAsync() is not null) read++;
            Assert.Equal(count, read);
            await pipe.Reader.CompleteAsync();
            await writing;
        }
    }

    private static async Task WriteAsync(PipeWriter writer, byte[] bytes, int size)
    {
        foreach (var piece in bytes.Chunk(size)) await writer.WriteAsync(piece);
        await writer.CompleteAsync();
    }

    private static Task<bool> AnswerAsync(HttpContext context, int total, int most, bool ignoresPages = false)
    {
        var offset = ignoresPages ? 0 : int.Parse(context.Request.Query["offset"]!, CultureInfo.InvariantCulture);
        var limit = ignoresPages ? total : Math.Min(most, int.Parse(context.Request.Query["limit"]!, CultureInfo.InvariantCulture));
        var page = Enumerable.Range(0, total).Skip(offset).Take(limit).ToList();
        if (offset + page.Count < total) context.Response.Headers.Append("Warning", $"299 server: \"There are {total - offset - page.Count} additional results that can be requested\"");
        return WriteAsync(context, $"[{string.Join(',', page.Select(n => $$$"""{"0020000D":{"vr":"UI","Value":["1.2.{{{n}}}"]}}"""))}]");
    }

    private static async Task<bool> WriteAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/dicom+json";
        await context.Response.WriteAsync(json);
        return true;
    }

    private static string? Parameter(WebExchange exchange, string name) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(exchange.PathAndQuery[(exchange.PathAndQuery.IndexOf('?') + 1)..]).TryGetValue(name, out var value) ? value.ToString() : null;

    private Storage.DicomWeb.DicomWebClient Client(int pageSize) => archive.Connect(new Peer("SCRIPTED") { Web = new() { Url = _server.DicomWeb.ToString(), PageSize = pageSize } });

    private async Task<List<DicomDataset>> SearchAsync(DicomWebQuery query, int pageSize)
    {
        var found = new List<DicomDataset>();
        await foreach (var match in Client(pageSize).SearchAsync(query, default)) found.Add(match);
        return found;
    }
}
