using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dimse.Server;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Pacs.TestKit;

namespace Pacs.Api.Tests.Rest;

public sealed class PeerSearchTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string StudyRoot = Uids.StudyRootQueryRetrieveInformationModelFind;

    [Fact]
    public async Task Search_SeveralSources_TellsMatchesAndEndsOfEach()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(sample);
        // This archive as its own peer: a study at two sources stays two matches.
        await AddAsync(new DicomAddress("SELF1", server.Services.GetRequiredService<DimseServer>().EndPoint.Port));
        await AddAsync(new DicomAddress("GONE1", FreePort.Next()));
        using var refusing = new ScriptedScp([StudyRoot], request =>
        {
            request.ReadDataset();
            request.Respond(DimseStatus.DatasetDoesNotMatchSopClass, "no such key here");
        });
        await AddAsync(refusing.Address);
        var lines = await SearchAsync(new { keys = new Dictionary<string, string> { ["StudyInstanceUID"] = sample.StudyInstanceUid }, peers = new[] { "SELF1", "GONE1", refusing.Address.AeTitle }, includeThisArchive = true });

        var matches = lines.Where(l => l.TryGetProperty("match", out _)).ToList();
        Assert.Equal(["PACS", "SELF1"], matches.Select(Source).Order());
        Assert.All(matches, m => Assert.Equal(sample.StudyInstanceUid, m.GetProperty("match").GetProperty("0020000D").GetProperty("Value")[0].GetString()));
        var ends = lines.Where(l => l.TryGetProperty("end", out _)).ToDictionary(Source, l => l.GetProperty("end"));
        Assert.Equal(("Complete", 1), (ends["PACS"].GetProperty("outcome").GetString(), ends["PACS"].GetProperty("answers").GetInt32()));
        Assert.Equal(("Complete", 1), (ends["SELF1"].GetProperty("outcome").GetString(), ends["SELF1"].GetProperty("answers").GetInt32()));
        Assert.Equal("Away", ends["GONE1"].GetProperty("outcome").GetString());
        var refused = ends[refusing.Address.AeTitle];
        Assert.Equal(("Refused", "A900"), (refused.GetProperty("outcome").GetString(), refused.GetProperty("status").GetString()));
        Assert.Contains("no such key here", refused.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Search_SilentPeer_HoldsUpNobodyAndIsToldAsTimedOut()
    {
        using var goOn = new ManualResetEventSlim();
        using var silent = new ScriptedScp([StudyRoot], request =>
        {
            request.ReadDataset();
            request.Respond(request.Command.Response(DimseStatus.Pending), Study("1.2.9"));
            request.Flush();
            SpinWait.SpinUntil(() => goOn.IsSet || request.IsCancelRequested, Eventually.Patience);
            request.Respond(DimseStatus.Cancel);
        });
        using var quick = new ScriptedScp([StudyRoot], request => Answer(request, Study("1.2.8")));
        await AddAsync(silent.Address);
        await AddAsync(quick.Address);
        using var response = await BeginAsync(new { peers = new[] { silent.Address.AeTitle, quick.Address.AeTitle }, timeoutSeconds = 10 });
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        // Both answers and the end of the quick one are there while the other is still waited for.
        var early = new List<JsonElement>();
        for (var i = 0; i < 3; i++) early.Add(JsonDocument.Parse((await lines.ReadLineAsync())!).RootElement);
        Assert.Equal(2, early.Count(l => l.TryGetProperty("match", out _)));
        Assert.Equal(quick.Address.AeTitle, Source(Assert.Single(early, l => l.TryGetProperty("end", out _))));
        var end = JsonDocument.Parse((await lines.ReadLineAsync())!).RootElement;
        Assert.Equal((silent.Address.AeTitle, "TimedOut", 1), (Source(end), end.GetProperty("end").GetProperty("outcome").GetString(), end.GetProperty("end").GetProperty("answers").GetInt32()));
        Assert.Null(await lines.ReadLineAsync());
        goOn.Set();
    }

    [Fact]
    public async Task Search_MoreThanTheLimit_IsToldAsCut()
    {
        using var peer = new ScriptedScp([StudyRoot], request => Answer(request, [.. Enumerable.Range(1, 10).Select(i => Study($"1.2.{i}"))]));
        using var exact = new ScriptedScp([StudyRoot], request => Answer(request, [.. Enumerable.Range(1, 3).Select(i => Study($"1.3.{i}"))]));
        await AddAsync(peer.Address);
        await AddAsync(exact.Address);
        var lines = await SearchAsync(new { peers = new[] { peer.Address.AeTitle, exact.Address.AeTitle }, limit = 3 });
        Assert.Equal(6, lines.Count(l => l.TryGetProperty("match", out _)));
        var ends = lines.Where(l => l.TryGetProperty("end", out _)).ToDictionary(Source, l => l.GetProperty("end").GetProperty("outcome").GetString());
        Assert.Equal(("LimitReached", "Complete"), (ends[peer.Address.AeTitle], ends[exact.Address.AeTitle]));
    }

    [Fact]
    public async Task Search_ClientLeaves_CancelsAtEverySource()
    {
        var cancelled = new TaskCompletionSource<bool>();
        using var peer = new ScriptedScp([StudyRoot], request =>
        {
            request.ReadDataset();
            request.Respond(request.Command.Response(DimseStatus.Pending), Study("1.2.7"));
            request.Flush();
            cancelled.TrySetResult(SpinWait.SpinUntil(() => request.IsCancelRequested, Eventually.Patience));
            request.Respond(DimseStatus.Cancel);
        });
        await AddAsync(peer.Address);
        using (var response = await BeginAsync(new { peers = new[] { peer.Address.AeTitle }, timeoutSeconds = 300 }))
        {
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.Contains("1.2.7", await lines.ReadLineAsync());
        }
        Assert.True(await cancelled.Task.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Search_NoPeersNamed_AsksThoseThatAreSearchable()
    {
        using var asked = new ScriptedScp([StudyRoot], request => Answer(request));
        using var other = new ScriptedScp([StudyRoot], request => Answer(request));
        await AddAsync(asked.Address, new { isSearchable = true });
        await AddAsync(other.Address);
        var sources = (await SearchAsync(new { level = "series" })).Select(Source).ToList();
        Assert.Contains(asked.Address.AeTitle, sources);
        Assert.DoesNotContain(other.Address.AeTitle, sources);
        (await server.Http.DeleteAsync($"/api/v1/peers/{asked.Address.AeTitle}")).Dispose();
    }

    [Theory]
    [InlineData("""{"level":"room"}""", 400)]
    [InlineData("""{"keys":{"NoSuchAttribute":"x"}}""", 400)]
    [InlineData("""{"keys":{"StudyInstanceUID":"no uid"}}""", 400)]
    [InlineData("""{"level":"study","keys":{"Modality":"CT"}}""", 400)]
    [InlineData("""{"keys":{"PatientID":"1","00100020":"2"}}""", 400)]
    [InlineData("""{"return":["x"]}""", 400)]
    [InlineData("""{"limit":0}""", 400)]
    [InlineData("""{"timeoutSeconds":301}""", 400)]
    [InlineData("""{"serach":"x"}""", 400)]
    [InlineData("""{"peers":["NOBODY"]}""", 422)]
    public async Task Search_BadRequest_IsRefusedWithAReason(string body, int status) =>
        await ApiServer.AssertProblemAsync(status, await server.Http.PostAsync("/api/v1/peers/search", new StringContent(body, Encoding.UTF8, "application/json")));

    private async Task AddAsync(DicomAddress address, object? remote = null)
    {
        using var response = await server.Http.PutAsJsonAsync($"/api/v1/peers/{address.AeTitle}", new { host = address.Host, port = address.Port, remote });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> BeginAsync(object body) => server.Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/api/v1/peers/search") { Content = JsonContent.Create(body) }, HttpCompletionOption.ResponseHeadersRead);

    private async Task<List<JsonElement>> SearchAsync(object body)
    {
        using var response = await BeginAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType?.MediaType);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    private static string Source(JsonElement line) => line.GetProperty("source").GetString()!;

    private static DicomDataset Study(string uid) => new DicomDataset().Set(Tags.StudyInstanceUID, uid);

    private static void Answer(DimseRequest request, params DicomDataset[] matches)
    {
        request.ReadDataset();
        foreach (var match in matches) request.Respond(request.Command.Response(DimseStatus.Pending), match);
        request.Respond(DimseStatus.Success);
    }
}
