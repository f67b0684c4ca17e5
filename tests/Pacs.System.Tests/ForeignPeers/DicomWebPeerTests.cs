using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Primitives;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Ingest;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.Storage.Security;
using Pacs.Storage.Sending;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.ForeignPeers;

/// <summary>The DICOMweb client against Orthanc.</summary>
public sealed class DicomWebPeerTests(LocalArchive archive) : IClassFixture<LocalArchive>
{
    [Fact]
    public async Task Orthanc_StoreSearchAndRetrieve_RoundTrips()
    {
        await using var orthanc = await Orthanc.StartAsync(new OrthancOptions { Account = ("pacs", "secret") });
        var peer = new Peer("ORTHANC") { Web = new() { Url = orthanc.DicomWeb.ToString(), PageSize = 4, Authentication = new() { Kind = WebAuthenticationKind.Basic, User = "pacs", Secret = new Secret("secret") } } };
        var options = SampleOptions.Fresh() with { Rows = 64, Columns = 64 };
        SampleObject[] study = [.. SampleObjects.Study(2, 5, options), SampleObjects.Encapsulated(options with { SeriesNumber = 9 })];
        var instances = await archive.StoreAsync(study);
        Assert.All(await archive.SendAsync(peer, instances), r => Assert.Equal((SendOutcome.Sent, ""), (r.Result.Outcome, r.Result.Message)));
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(StringComparer.Ordinal), await orthanc.SopInstanceUidsAsync());
        foreach (var sample in study)
            Assert.Equal(sample.ToDatasetBytes(), Part10.DatasetOf(await orthanc.FileAsync(sample.SopInstanceUid)));
        Assert.True(await archive.Connect(peer).HasAsync(instances[3], default));

        var client = archive.Connect(peer);
        MatchingKey[] keys = [new(new AttributePath(Tags.StudyInstanceUID), Vr.UI, [study[0].StudyInstanceUid]), new(new AttributePath(Tags.PatientID), Vr.LO, [study[0].PatientId])];
        var found = new List<string?>();
        await foreach (var match in client.SearchAsync(DicomWebQuery.Of(new QuerySpec(QueryLevel.Instance) { Keys = keys }), default)) found.Add(match.GetString(Tags.SOPInstanceUID));
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(), found.Order());
        found.Clear();
        await foreach (var match in client.SearchAsync(DicomWebQuery.Of(new QuerySpec(QueryLevel.Study) { Keys = keys }), default)) found.Add(match.GetString(Tags.StudyInstanceUID));
        Assert.Equal([study[0].StudyInstanceUid], found);

        using var other = new LocalArchive();
        var results = new List<IngestResult>();
        await foreach (var result in other.Connect(peer).RetrieveAsync(new DicomWebResource(study[0].StudyInstanceUid), new IngestSource("WADO-RS"), null, default)) results.Add(result);
        Assert.All(results, r => Assert.Equal((IngestOutcome.Stored, ""), (r.Outcome, r.Message)));
        foreach (var sample in study) Assert.Equal(sample.ToDatasetBytes(), await other.ReadAsync(sample.SopInstanceUid));

        using var file = new MemoryStream();
        await client.CopyAsync(new DicomWebResource(study[1].StudyInstanceUid, study[1].SeriesInstanceUid, study[1].SopInstanceUid), file, default);
        Assert.Equal(study[1].ToDatasetBytes(), Part10.DatasetOf(file.ToArray()));
    }

    [Fact]
    public async Task Orthanc_AwayOrWithoutCredentials_IsToldApart()
    {
        await using var orthanc = await Orthanc.StartAsync(new OrthancOptions { Account = ("pacs", "secret") });
        var peer = new Peer("ORTHANC") { Web = new() { Url = orthanc.DicomWeb.ToString() } };
        Assert.Equal(401, (await Assert.ThrowsAsync<DicomWebException>(() => archive.Connect(peer).EchoAsync(default))).Status);
        await orthanc.KillAsync();
        Assert.Equal((DicomWebFailure.Away, null), await FailureAsync(peer));
    }

    private async Task<(DicomWebFailure, int?)> FailureAsync(Peer peer)
    {
        var failure = await Assert.ThrowsAsync<DicomWebException>(() => archive.Connect(peer).EchoAsync(default));
        return (failure.Failure, failure.Status);
    }
}
