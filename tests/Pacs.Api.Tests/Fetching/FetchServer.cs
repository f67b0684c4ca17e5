using Microsoft.Extensions.DependencyInjection;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Files;
using Pacs.Dimse.Server;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Fetching;

/// <summary>An archive in all its roles, that fetches from others.</summary>
public sealed class FetchServer : ApiServer
{
    public const string AeTitle = "FETCHER";

    protected override (string Key, string Value)[] Settings =>
        [("Pacs:Roles", "All"), ("Pacs:Dimse:AeTitle", AeTitle), ("Pacs:Jobs:RetryDelaySeconds", "1"), ("Pacs:Jobs:MaxRetryDelaySeconds", "1"), ("Pacs:Jobs:Concurrency", "8")];

    /// <summary>Where C-MOVE finds it.</summary>
    public DicomAddress Dimse => new(AeTitle, Services.GetRequiredService<DimseServer>().EndPoint.Port);

    public JobService Jobs => Services.GetRequiredService<JobService>();

    public Task AddAsync(Peer peer) => Services.GetRequiredService<PeerStore>().PutAsync(peer, default);

    public Task AddAsync(DicomAddress address, PeerRemote? remote = null) => AddAsync(new Peer(address.AeTitle, address.Host, address.Port) { Remote = remote });

    public async Task<Job> FetchAsync(string peer, string study, string? parameters = null, string kind = "fetch") => await Jobs.CreateAsync(
        new JobRequest(kind) { Peer = peer, StudyInstanceUid = study, Parameters = parameters is null ? null : System.Text.Json.JsonDocument.Parse(parameters).RootElement }, default);

    public async Task<Job> EventuallyAsync(long id, Func<Job, bool> isAsWanted, string what)
    {
        Job? job = null;
        await Eventually.TrueAsync(async () => isAsWanted((job = await Jobs.FindAsync(id, default))!), what: what);
        return job!;
    }

    /// <summary>Waits for the end, which has to be this one.</summary>
    public async Task<Job> EndAsync(Job job, JobState state)
    {
        var end = await EventuallyAsync(job.Id, j => j.FinishedAt is not null, "the job has ended");
        Assert.True(end.State == state, $"{end.State}: {end.Message}");
        return end;
    }

    /// <summary>How many of the objects are here.</summary>
    public long CountOf(IEnumerable<string> sopInstanceUids) =>
        (long)Postgres.Query($"SELECT count(*) FROM instances WHERE sop_instance_uid IN ('{string.Join("','", sopInstanceUids)}')")!;

    /// <summary>Its data set as it is stored.</summary>
    public async Task<byte[]> DatasetAsync(SampleObject sample)
    {
        var file = await Http.GetByteArrayAsync($"/wado?requestType=WADO&studyUID={sample.StudyInstanceUid}&seriesUID={sample.SeriesInstanceUid}&objectUID={sample.SopInstanceUid}&contentType=application/dicom&transferSyntax={sample.TransferSyntax.Uid}");
        return file[(int)DicomFile.Read(new MemoryStream(file)).DatasetOffset..];
    }
}
