using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
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
