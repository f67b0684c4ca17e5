using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dimse.Server;
using Pacs.Storage.ProcedureSteps;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Rest;

public sealed class WorklistTests(ApiServer server, Xunit.Abstractions.ITestOutputHelper output) : IClassFixture<ApiServer>
{
    private const string Path = "/api/v1/worklist";
    private const string DicomJsonType = "application/dicom+json";

    [Fact]
    public async Task Item_PostGetPutListDelete_RoundTrips()
    {
        using var created = await PostAsync(WorklistSamples.Full("1"));
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(DicomJsonType, created.Content.Headers.ContentType?.MediaType);
        var address = created.Headers.Location!.ToString();
        var item = await GetAsync(address);
        Assert.Equal("Müller^Jürgen", item.GetString(Tags.PatientName));
        Assert.EndsWith(address, item.GetString(Tags.RetrieveURL), StringComparison.Ordinal);

        // What was read can be written back; what is left out of status and study stays.
        item.Set(Tags.PatientState, "FASTING").Remove(Tags.StudyInstanceUID);
        item.Step().Remove(Tags.ScheduledProcedureStepStatus);
        using var replaced = await SendAsync(HttpMethod.Put, address, item);
        Assert.Equal(HttpStatusCode.OK, replaced.StatusCode);
        item = await GetAsync(address);
        Assert.Equal(("FASTING", "1.2.826.0.1.3680043.8.498.1", "ARRIVED"),
            (item.GetString(Tags.PatientState), item.GetString(Tags.StudyInstanceUID), item.Step().GetString(Tags.ScheduledProcedureStepStatus)));

        Assert.Single(await ListAsync("?PatientID=PAT1"));
        using var deleted = await server.Http.DeleteAsync(address);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await ApiServer.AssertProblemAsync(404, await server.GetAsync(address));
        await ApiServer.AssertProblemAsync(404, await server.Http.DeleteAsync(address));
        await ApiServer.AssertProblemAsync(404, await SendAsync(HttpMethod.Put, address, item));
        Assert.Empty(await ListAsync("?PatientID=PAT1"));
    }

    [Fact]
    public async Task Post_NoStudy_MakesOneAndKeepsItWhenTheStepComesAgain()
    {
        using var created = await PostAsync(WorklistSamples.Minimal("2"));
        var study = (await ReadAsync(created)).GetString(Tags.StudyInstanceUID);
        Assert.True(Uid.IsValid(study));
        var moved = WorklistSamples.Minimal("2");
        moved.Step().Set(Tags.ScheduledProcedureStepStartDate, "20261122");
        using var again = await PostAsync(moved);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(study, (await ReadAsync(again)).GetString(Tags.StudyInstanceUID));
        Assert.Equal("20261122", Assert.Single(await ListAsync("?PatientID=PAT2")).Step().GetString(Tags.ScheduledProcedureStepStartDate));
    }

    [Fact]
    public async Task Post_MuchIsMissing_TellsAllOfIt()
    {
        var item = WorklistSamples.Minimal("3");
        item.Remove(Tags.PatientID);
        item.Set(Tags.RequestedProcedureID, "").Set(Tags.StudyInstanceUID, "not a uid");
        item.Step().Set(Tags.ScheduledProcedureStepStartDate, "tomorrow").Remove(Tags.Modality);
        using var response = await PostAsync(item);
        await ApiServer.AssertProblemAsync(400, response);
        var detail = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString()!;
        Assert.All(["PatientID", "RequestedProcedureID", "StudyInstanceUID", "ScheduledProcedureStepStartDate", "Modality"], name => Assert.Contains(name, detail, StringComparison.Ordinal));
        Assert.DoesNotContain("tomorrow", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", 200)]
    [InlineData("{}", 400)]
    [InlineData("{", 400)]
    [InlineData("[{}", 400)]
    [InlineData("[{}] x", 400)]
    [InlineData("[1]", 400)]
    [InlineData("", 400)]
    [InlineData("\"text\"", 400)]
    public async Task Post_HostileJson_IsRefusedInWords(string body, int status)
    {
        using var response = await SendAsync(HttpMethod.Post, Path, Encoding.UTF8.GetBytes(body), DicomJsonType);
        if (status == 200) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        else await ApiServer.AssertProblemAsync(status, response);
    }

    [Fact]
    public async Task Post_HostileDicom_IsRefusedInWords()
    {
        await ApiServer.AssertProblemAsync(400, await SendAsync(HttpMethod.Post, Path, [1, 2, 3], "application/dicom"));
        await ApiServer.AssertProblemAsync(400, await SendAsync(HttpMethod.Post, Path, SampleObjects.Ct(SampleOptions.Fresh()).ToPart10(), "application/dicom"));
        await ApiServer.AssertProblemAsync(415, await SendAsync(HttpMethod.Post, Path, [1, 2, 3], "text/plain"));
        var whole = DatasetWriter.ToArray(WorklistSamples.Full("4"), TransferSyntaxRegistry.ExplicitVrLittleEndian);
        // The last element is whole at some lengths; nothing else may be taken, and nothing may fail otherwise.
        for (var length = 0; length < whole.Length; length += 7)
        {
            using var response = await SendAsync(HttpMethod.Post, Path, whole[..length], "application/dicom");
            Assert.True((int)response.StatusCode is 400 or 200 or 201, $"{length}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task Post_ArrayWithOneThatIsNone_TakesNothing()
    {
        using var refused = await SendAsync(HttpMethod.Post, Path, JsonOf(WorklistSamples.Minimal("5A"), new DicomDataset()), DicomJsonType);
        await ApiServer.AssertProblemAsync(400, refused);
        Assert.Contains("2 of 2", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(await ListAsync("?AccessionNumber=ACC5*"));
        using var taken = await SendAsync(HttpMethod.Post, Path, JsonOf(WorklistSamples.Minimal("5A"), WorklistSamples.Minimal("5B")), DicomJsonType);
        Assert.Equal(HttpStatusCode.Created, taken.StatusCode);
        Assert.Equal(2, JsonDocument.Parse(await taken.Content.ReadAsStringAsync()).RootElement.GetArrayLength());
        Assert.Equal(2, (await ListAsync("?AccessionNumber=ACC5*")).Count);
    }

    [Fact]
    public async Task Put_StepOfAnotherItem_Answers409()
    {
        using var first = await PostAsync(WorklistSamples.Minimal("6A"));
        using var second = await PostAsync(WorklistSamples.Minimal("6B"));
        await ApiServer.AssertProblemAsync(409, await SendAsync(HttpMethod.Put, second.Headers.Location!.ToString(), WorklistSamples.Minimal("6A")));
    }

    [Fact]
    public async Task Post_SameStepManyTimesAtOnce_IsOneItem()
    {
        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(WorklistSamples.Minimal("7"))));
        Assert.Equal(1, responses.Count(r => r.StatusCode == HttpStatusCode.Created));
        Assert.All(responses, r => Assert.True(r.IsSuccessStatusCode));
        Assert.Single(await ListAsync("?PatientID=PAT7"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_WlFile_IsTaken(bool withFileMeta)
    {
        var id = $"8{withFileMeta}";
        using var file = new MemoryStream();
        var dataset = WorklistSamples.Full(id).Set(Tags.StudyInstanceUID, "1.2.3");
        if (withFileMeta) DicomFile.Write(file, new FileMetaInformation { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian, MediaStorageSopClassUid = "1.2.276.0.7230010.3.1.0.1", MediaStorageSopInstanceUid = "1.2" }, dataset);
        else file.Write(DatasetWriter.ToArray(dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian));
        using var response = await SendAsync(HttpMethod.Post, Path, file.ToArray(), "application/dicom");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("Müller^Jürgen", (await ReadAsync(response)).GetString(Tags.PatientName));
    }

    [Fact]
    public async Task Post_WlFilesOfOthers_AreTakenOrRefusedInWords()
    {
        foreach (var file in Corpus.Files(output.WriteLine).Where(f => f.Path.EndsWith(".wl", StringComparison.Ordinal)))
        {
            using var response = await SendAsync(HttpMethod.Post, Path, await File.ReadAllBytesAsync(System.IO.Path.Combine(Corpus.Folder!, file.Path)), "application/dicom");
            output.WriteLine($"{file.Path}: {response.StatusCode} {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync())}");
            Assert.True((int)response.StatusCode is 201 or 400, file.Path);
        }
    }

    [Fact]
    public async Task List_FiltersAndPages_AreAsInQido()
    {
        using var posted = await SendAsync(HttpMethod.Post, Path, JsonOf([.. Enumerable.Range(0, 7).Select(n =>
        {
            var item = WorklistSamples.Minimal($"9{n}").Set(Tags.PatientName, $"Page^{n}");
            item.Step().Set(Tags.ScheduledProcedureStepStartDate, $"2027010{n + 1}").Set(Tags.ScheduledProcedureStepStatus, n == 6 ? "COMPLETED" : "SCHEDULED");
            return item;
        })]), DicomJsonType);
        Assert.True(posted.IsSuccessStatusCode);
        Assert.Equal(6, (await ListAsync("?PatientName=page*")).Count);
        Assert.Equal(7, (await ListAsync("?PatientName=page*&ScheduledProcedureStepStatus=*")).Count);
        Assert.Equal("PAT96", Assert.Single(await ListAsync("?PatientName=page*&ScheduledProcedureStepStatus=COMPLETED")).GetString(Tags.PatientID));
        Assert.Equal(2, (await ListAsync("?PatientName=page*&ScheduledProcedureStepStartDate=20270102-20270103&Modality=CT")).Count);
        Assert.Empty(await ListAsync("?PatientName=page*&ScheduledProcedureStepSequence.Modality=MR"));

        using var page = await server.GetAsync($"{Path}?PatientName=page*&limit=2&offset=3");
        Assert.Contains("additional results", page.Headers.GetValues("Warning").Single(), StringComparison.Ordinal);
        Assert.Equal(["PAT93", "PAT94"], JsonDocument.Parse(await page.Content.ReadAsStringAsync()).RootElement.EnumerateArray()
            .Select(i => i.GetProperty("00100020").GetProperty("Value")[0].GetString()!));
        using var last = await server.GetAsync($"{Path}?PatientName=page*&limit=2&offset=4");
        Assert.False(last.Headers.Contains("Warning"));

        await ApiServer.AssertProblemAsync(400, await server.GetAsync($"{Path}?NoSuchKey=1"));
        await ApiServer.AssertProblemAsync(400, await server.GetAsync($"{Path}?limit=0"));
        await ApiServer.AssertProblemAsync(400, await server.GetAsync($"{Path}?ScheduledProcedureStepStartDate=soon"));
    }

    [Fact]
    public async Task FindScu_ItemFromRest_IsFoundWithItsMatchingKeys()
    {
        using var posted = await PostAsync(WorklistSamples.Full("10"));
        var address = new DicomAddress("PACS", server.Services.GetRequiredService<DimseServer>().EndPoint.Port);
        var result = (await Dcmtk.FindScuAsync(address,
            ["PatientName=muller*", "AccessionNumber=ACC10", "(0040,0100)[0].ScheduledStationAETitle=CT1", "(0040,0100)[0].ScheduledProcedureStepStartDate=20261121-20261122", "(0040,0100)[0].ScheduledProcedureStepID"], "-W")).EnsureSucceeded();
        Assert.Contains("SPS10", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProcedureStep_ListAndGet_ShowWhatWasReported()
    {
        var uid = Uid.Generate();
        var store = server.Services.GetRequiredService<ProcedureStepStore>();
        await store.CreateAsync(uid, ProcedureStepSamples.Create("11", "1.2.3.11"), "CT1", false, default);
        Assert.Equal(uid, Assert.Single(await ListAsync("?studyInstanceUid=1.2.3.11&status=inProgress", "/api/v1/procedure-steps")).GetString(Tags.SOPInstanceUID));
        await store.SetAsync(uid, ProcedureStepSamples.End("COMPLETED"), false, default);
        Assert.Empty(await ListAsync("?studyInstanceUid=1.2.3.11&status=InProgress", "/api/v1/procedure-steps"));
        var step = await GetAsync($"/api/v1/procedure-steps/{uid}");
        Assert.Equal("COMPLETED", step.GetString(Tags.PerformedProcedureStepStatus));
        Assert.Equal("Müller^Jürgen", step.GetString(Tags.PatientName));
        await ApiServer.AssertProblemAsync(404, await server.GetAsync("/api/v1/procedure-steps/1.2.3"));
        await ApiServer.AssertProblemAsync(400, await server.GetAsync("/api/v1/procedure-steps?status=Lost"));
        await ApiServer.AssertProblemAsync(400, await server.GetAsync("/api/v1/procedure-steps?limit=5000"));
    }

    private Task<HttpResponseMessage> PostAsync(DicomDataset dataset) => SendAsync(HttpMethod.Post, Path, dataset);

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, DicomDataset dataset) => SendAsync(method, path, JsonOf(dataset)[1..^1], DicomJsonType);

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, byte[] body, string type) =>
        server.Http.SendAsync(new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } } });

    private async Task<DicomDataset> GetAsync(string path)
    {
        using var response = await server.GetAsync(path);
        return await ReadAsync(response);
    }

    private async Task<IReadOnlyList<DicomDataset>> ListAsync(string query, string path = Path) =>
        [.. (await server.GetJsonAsync(path + query)).EnumerateArray().Select(i => DicomJson.Read(Encoding.UTF8.GetBytes(i.GetRawText())))];

    private static async Task<DicomDataset> ReadAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return DicomJson.Read(await response.Content.ReadAsByteArrayAsync());
    }

    private static byte[] JsonOf(params IReadOnlyList<DicomDataset> datasets)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var dataset in datasets) DicomJson.Write(json, dataset);
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
