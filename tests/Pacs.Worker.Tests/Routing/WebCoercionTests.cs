using System.Text.Json;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Routing;

/// <summary>What is changed on its way, by STOW-RS as by C-STORE.</summary>
public sealed class WebCoercionTests(WorkerFixture archive) : IClassFixture<WorkerFixture>, IAsyncLifetime
{
    private readonly string _title = $"W{Random.Shared.Next():X}";
    private ScriptedDicomWeb _server = null!;

    public async Task InitializeAsync()
    {
        _server = await ScriptedDicomWeb.StartAsync();
        await archive.Peers.PutAsync(new Peer(_title) { Web = new PeerWeb { Url = _server.DicomWeb.ToString() } }, default);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Forward_ChangedObjects_ArriveChangedAndOneThatCannotBeHoldsUpNoOther()
    {
        var options = SampleOptions.Fresh();
        var study = SampleObjects.Study(1, 4, options).Append(SampleObjects.Encapsulated(options with { SeriesNumber = 2 })).ToList();
        var odd = SampleObjects.Mr(options with { SeriesNumber = 3, StudyDescription = new string('d', 40) });
        archive.Store([.. study, odd]);
        using var worker = await archive.StartWorkerAsync();
        var job = await CreateAsync(odd, """{"coerce":[{"attribute":"PatientName","value":"CASE^{PatientID}"},{"attribute":"StudyID","value":"{StudyDescription}"}],"modifyingSystem":"HERE"}""");
        var ended = await archive.EventuallyAsync(job.Id, JobState.Failed);
        Assert.Equal((study.Count, 1), (ended.ObjectsDone, ended.ObjectsFailed));
        foreach (var sample in study)
        {
            var sent = DicomFile.Read(new MemoryStream(_server.FileOf(sample.SopInstanceUid))).Dataset;
            Assert.Equal($"CASE^{sample.PatientId}", sent.GetString(Tags.PatientName));
            Assert.Equal("HERE", sent.GetItems(Tags.OriginalAttributesSequence)[0].GetString(Tags.ModifyingSystem));
        }
        Assert.Contains("StudyID would be longer than 16", Assert.Single(await archive.Jobs.ListObjectsAsync(job.Id, JobState.Failed, 0, 10, default)).Message);
        await worker.StopAsync();
    }

    [Theory]
    [InlineData("""{"coerce":[{"attribute":"SOPInstanceUID","value":"1.2"}]}""")]
    [InlineData("""{"coerced":[]}""")]
    public async Task Create_ChangesThatCannotBe_IsRefused(string parameters)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        archive.Store([sample]);
        Assert.Equal(JobRefusal.Invalid, (await Assert.ThrowsAsync<JobRefusedException>(() => CreateAsync(sample, parameters))).Refusal);
    }

    private Task<Job> CreateAsync(SampleObject sample, string parameters) => archive.Jobs.CreateAsync(
        new JobRequest("forward") { StudyInstanceUid = sample.StudyInstanceUid, Peer = _title, Parameters = JsonElement.Parse(parameters) }, default);
}
