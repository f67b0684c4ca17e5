using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Storage.Commitments;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Rest;

public sealed class ArchiveTests : ApiServer
{
    [Fact]
    public async Task Statistics_FollowWhatIsStoredReplacedAndDeleted()
    {
        Assert.Equal((0, 0, 0, 0, 0), await CountsAsync());
        var options = SampleOptions.Fresh();
        var ct = new[] { SampleObjects.Ct(options), SampleObjects.Ct(options with { InstanceNumber = 2 }), SampleObjects.Ct(options with { SeriesNumber = 2, InstanceNumber = 3 }) };
        var mr = SampleObjects.Mr(SampleOptions.Fresh());
        await StoreAsync([.. ct, mr]);
        var (patients, studies, series, instances, bytes) = await CountsAsync();
        Assert.Equal((2, 2, 3, 4), (patients, studies, series, instances));
        Assert.Equal(Postgres.Query("SELECT sum(blob_length)::bigint FROM instances"), bytes);

        var larger = SampleObjects.Ct(options with { Rows = 128 });
        await StoreAsync(larger);
        Assert.Equal(Postgres.Query("SELECT sum(blob_length)::bigint FROM instances"), (await CountsAsync()).Bytes);

        var modalities = (await GetJsonAsync("/api/v1/statistics")).GetProperty("modalities").EnumerateArray().ToDictionary(m => m.GetProperty("modality").GetString()!, m => m.GetProperty("instances").GetInt64());
        Assert.Equal(new Dictionary<string, long> { ["CT"] = 3, ["MR"] = 1 }, modalities);

        using var deleted = await Http.DeleteAsync($"/api/v1/studies/{mr.StudyInstanceUid}");
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Equal((1, 1, 2, 3), await CountsAsync() switch { var c => (c.Patients, c.Studies, c.Series, c.Instances) });
    }

    [Fact]
    public async Task Delete_InstanceSeriesStudy_AnswersGoneAfterwards()
    {
        var options = SampleOptions.Fresh();
        var objects = Enumerable.Range(1, 4).Select(i => SampleObjects.Ct(options with { SeriesNumber = (i + 1) / 2, InstanceNumber = i })).ToArray();
        await StoreAsync(objects);
        var study = $"studies/{objects[0].StudyInstanceUid}";
        var series = $"{study}/series/{objects[0].SeriesInstanceUid}";
        foreach (var (path, count) in new[] { ($"{series}/instances/{objects[0].SopInstanceUid}", 1), (series, 1), (study, 2) })
        {
            using var response = await Http.DeleteAsync("/api/v1/" + path);
            Assert.Equal(count, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("instances").GetInt32());
            await AssertProblemAsync(410, await GetAsync("/dicomweb/" + path));
            await AssertProblemAsync(410, await Http.DeleteAsync("/api/v1/" + path));
        }
        await AssertProblemAsync(404, await Http.DeleteAsync("/api/v1/studies/1.2.3"));
        await AssertProblemAsync(400, await Http.DeleteAsync("/api/v1/studies/no%20uid"));
    }

    [Fact]
    public async Task DicomWebDelete_InstanceSeriesStudy_IsGoneUntilStoredAgain()
    {
        var options = SampleOptions.Fresh();
        var objects = Enumerable.Range(1, 4).Select(i => SampleObjects.Ct(options with { SeriesNumber = (i + 1) / 2, InstanceNumber = i })).ToArray();
        await StoreAsync(objects);
        var study = $"/dicomweb/studies/{objects[0].StudyInstanceUid}";
        var series = $"{study}/series/{objects[0].SeriesInstanceUid}";
        foreach (var path in new[] { $"{series}/instances/{objects[0].SopInstanceUid}", series, study })
        {
            using var response = await Http.DeleteAsync(path);
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
            foreach (var gone in new[] { path, $"{path}/metadata" }) await AssertProblemAsync(410, await GetAsync(gone));
            await AssertProblemAsync(410, await Http.DeleteAsync(path));
        }
        await AssertProblemAsync(404, await Http.DeleteAsync("/dicomweb/studies/1.2.3"));
        await AssertProblemAsync(400, await Http.DeleteAsync("/dicomweb/studies/no%20uid"));

        await StoreAsync(objects[0]);
        using var again = await GetAsync($"{series}/instances/{objects[0].SopInstanceUid}", "application/dicom; transfer-syntax=*");
        Assert.Equal(objects[0].ToDatasetBytes(), (await again.Content.ReadAsByteArrayAsync())[^objects[0].ToDatasetBytes().Length..]);
        Assert.Single((await GetJsonAsync($"{study}/metadata")).EnumerateArray());
        Assert.Single((await GetJsonAsync($"{study}/instances")).EnumerateArray());
        await AssertProblemAsync(410, await GetAsync($"{series}/instances/{objects[1].SopInstanceUid}"));
    }

    [Fact]
    public async Task DicomWebDelete_CommittedObjects_AreKeptUnlessInsistedOn()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);
        var commitments = Services.GetRequiredService<CommitmentService>();
        var begun = await commitments.BeginAsync(new CommitmentRequest("CT1", "PACS", "1.2.3.5", [new(sample.SopClassUid, sample.SopInstanceUid)]), default);
        while (await commitments.VerifyNextAsync(begun.Commitment!.Id, default)) { }

        var path = $"/dicomweb/studies/{sample.StudyInstanceUid}";
        using (var refused = await Http.DeleteAsync(path))
        {
            Assert.Contains("evenIfCommitted=true", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await AssertProblemAsync(409, refused);
        }
        Assert.Single((await GetJsonAsync($"{path}/instances")).EnumerateArray());
        using var insisted = await Http.DeleteAsync($"{path}?evenIfCommitted=true");
        Assert.Equal(HttpStatusCode.NoContent, insisted.StatusCode);
    }

    [Fact]
    public async Task Delete_CommittedObjects_AreKeptUnlessInsistedOn()
    {
        var study = SampleObjects.Study(1, 2, SampleOptions.Fresh());
        await StoreAsync(study);
        var commitments = Services.GetRequiredService<CommitmentService>();
        var missing = new CommitmentReference(study[0].SopClassUid, "1.2.3");
        var begun = await commitments.BeginAsync(new CommitmentRequest("CT1", "PACS", "1.2.3.4", [new(study[1].SopClassUid, study[1].SopInstanceUid), missing]), default);
        while (await commitments.VerifyNextAsync(begun.Commitment!.Id, default)) { }

        var path = $"/api/v1/studies/{study[0].StudyInstanceUid}";
        await AssertProblemAsync(409, await Http.DeleteAsync(path));
        Assert.Equal(1, (await GetJsonAsync($"{path}/completion")).GetProperty("committedInstances").GetInt32());
        using var other = await Http.DeleteAsync($"{path}/series/{study[0].SeriesInstanceUid}/instances/{study[0].SopInstanceUid}");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        using var insisted = await Http.DeleteAsync($"{path}?evenIfCommitted=true");
        Assert.Equal(HttpStatusCode.OK, insisted.StatusCode);

        var listed = Assert.Single((await GetJsonAsync("/api/v1/commitments?requester=CT1")).EnumerateArray());
        Assert.Equal((1, 1), (listed.GetProperty("objectsCommitted").GetInt32(), listed.GetProperty("objectsFailed").GetInt32()));
        var objects = (await GetJsonAsync($"/api/v1/commitments/{listed.GetProperty("id").GetInt64()}/objects")).EnumerateArray().ToList();
        Assert.True(objects[0].GetProperty("isCommitted").GetBoolean());
        Assert.Equal("NoSuchObjectInstance", objects[1].GetProperty("failure").GetString());
        await AssertProblemAsync(404, await GetAsync("/api/v1/commitments/999999"));
    }

    [Fact]
    public async Task Complete_StudyByRequest_IsTold()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);
        var path = $"/api/v1/studies/{sample.StudyInstanceUid}";
        Assert.False((await GetJsonAsync($"{path}/completion")).GetProperty("isComplete").GetBoolean());
        using var response = await Http.PostAsync($"{path}/complete", null);
        var state = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((true, "Request", 1), (state.GetProperty("isComplete").GetBoolean(), state.GetProperty("completedReason").GetString(), state.GetProperty("instances").GetInt32()));
        await AssertProblemAsync(404, await Http.PostAsync("/api/v1/studies/1.2.3/complete", null));
        await AssertProblemAsync(400, await Http.PostAsync("/api/v1/studies/no%20uid/complete", null));
    }

    [Fact]
    public async Task Conflicts_StudyUnderTwoPatientIds_IsListed()
    {
        var options = SampleOptions.Fresh();
        await StoreAsync(SampleObjects.Ct(options));
        await StoreAsync(SampleObjects.Ct(options with { PatientId = "OTHER", InstanceNumber = 2 }));
        var conflict = Assert.Single((await GetJsonAsync("/api/v1/conflicts")).EnumerateArray());
        Assert.Equal(("StudyOfAnotherPatient", "OTHER"), (conflict.GetProperty("kind").GetString(), conflict.GetProperty("claimedPatientId").GetString()));
    }

    private async Task<(long Patients, long Studies, long Series, long Instances, long Bytes)> CountsAsync()
    {
        var s = await GetJsonAsync("/api/v1/statistics");
        long Number(string name) => s.GetProperty(name).GetInt64();
        return (Number("patients"), Number("studies"), Number("series"), Number("instances"), Number("bytes"));
    }
}
