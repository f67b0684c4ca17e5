using System.Buffers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.ForeignClients;

/// <summary>DCMTK's programs and curl at work with the running server, whatever the arrangement of its processes.</summary>
public abstract class ForeignClientTests(ServerFixture fixture)
{
    private readonly PacsServer _server = fixture.Server;

    [Fact]
    public async Task EchoScu_ServerRunning_Succeeds() => (await Dcmtk.EchoScuAsync(_server.Dimse)).EnsureSucceeded();

    /// <summary>A watch on the working directory would be one on each folder of blobs below it, and an event for each object.</summary>
    [Fact]
    public void Run_ServerAtWork_WatchesNoFolder() =>
        Assert.DoesNotContain("anon_inode:inotify", _server.ProcessIds.SelectMany(id => Directory.EnumerateFiles($"/proc/{id}/fd")).Select(f => new FileInfo(f).LinkTarget));

    [Fact]
    public async Task StoreScu_StudyOfEveryKind_IsFoundAtEveryLevel()
    {
        using var folder = new TemporaryFolder();
        var study = SampleObjects.OneOfEach(SampleOptions.Fresh());
        (await Dcmtk.StoreScuAsync(_server.Dimse, study.Select(o => o.WriteTo(folder.Path)), "-xf", StoreProfile(folder, study), "Default")).EnsureSucceeded();

        var studies = await Dcmtk.FindScuAsync(_server.Dimse, ["QueryRetrieveLevel=STUDY", $"PatientID={study[0].PatientId}", "StudyInstanceUID", "NumberOfStudyRelatedInstances"], folder);
        var found = await Dcmtk.DumpAsync(Assert.Single(studies));
        Assert.Contains(study[0].StudyInstanceUid, found, StringComparison.Ordinal);
        Assert.Contains($"[{study.Count}]", found, StringComparison.Ordinal);

        var series = await Dcmtk.FindScuAsync(_server.Dimse, ["QueryRetrieveLevel=SERIES", $"StudyInstanceUID={study[0].StudyInstanceUid}", "SeriesInstanceUID", "Modality"], folder);
        Assert.Equal(study.Count, series.Count);

        var images = await Dcmtk.FindScuAsync(
            _server.Dimse, ["QueryRetrieveLevel=IMAGE", $"StudyInstanceUID={study[0].StudyInstanceUid}", $"SeriesInstanceUID={study[0].SeriesInstanceUid}", "SOPInstanceUID"], folder);
        Assert.Contains(study[0].SopInstanceUid, await Dcmtk.DumpAsync(Assert.Single(images)), StringComparison.Ordinal);

        var patients = await Dcmtk.FindScuAsync(_server.Dimse, ["QueryRetrieveLevel=PATIENT", $"PatientID={study[0].PatientId}", "PatientName"], folder, "-P");
        Assert.Contains("Doe^Jane", await Dcmtk.DumpAsync(Assert.Single(patients)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindScu_WorklistItemFromRest_IsFound()
    {
        using var folder = new TemporaryFolder();
        var id = Guid.NewGuid().ToString("N")[..8];
        var file = DatasetWriter.ToArray(WorklistSamples.Minimal(id), TransferSyntaxRegistry.ExplicitVrLittleEndian);
        using var content = new ByteArrayContent(file) { Headers = { ContentType = new("application/dicom") } };
        using var posted = await _server.Http.PostAsync("/api/v1/worklist", content);
        posted.EnsureSuccessStatusCode();

        var items = await Dcmtk.FindScuAsync(
            _server.Dimse, ["PatientName=doe*", $"AccessionNumber=ACC{id}", "StudyInstanceUID", "(0040,0100)[0].Modality=CT", "(0040,0100)[0].ScheduledProcedureStepStartDate=20261121-", "(0040,0100)[0].ScheduledProcedureStepID"], folder, "-W");
        var found = await Dcmtk.DumpAsync(Assert.Single(items));
        Assert.Contains($"[SPS{id}]", found, StringComparison.Ordinal);
        Assert.Contains("[2.25.", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DcmSend_Study_ArrivesWhole()
    {
        using var folder = new TemporaryFolder();
        var study = SampleObjects.Study(2, 5, SampleOptions.Fresh());
        (await Dcmtk.DcmSendAsync(_server.Dimse, study.Select(o => o.WriteTo(folder.Path)))).EnsureSucceeded();

        Assert.Equal(10, (await fixture.Web.QidoAsync($"studies/{study[0].StudyInstanceUid}/instances")).Count);
    }

    [Fact]
    public async Task GetScu_Study_ComesBackByteForByte()
    {
        using var folder = new TemporaryFolder();
        var study = await StoreStudyAsync();
        (await Dcmtk.GetScuAsync(_server.Dimse, folder.Path, ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"])).EnsureSucceeded();

        AssertSame(study, Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task MoveScu_PeerAddedOverRest_DestinationGetsTheStudyByteForByte()
    {
        await using var destination = await StoreScp.StartAsync(UniqueAeTitle());
        await AddPeerAsync(destination.Address);
        var study = await StoreStudyAsync();
        (await Dcmtk.MoveScuAsync(_server.Dimse, destination.Address.AeTitle, ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"])).EnsureSucceeded();

        AssertSame(study, destination.Files);
    }

    [Fact]
    public async Task MoveScu_UnknownDestination_IsToldA801()
    {
        var study = await StoreStudyAsync();
        var result = await Dcmtk.MoveScuAsync(_server.Dimse, "NOSUCHAE", ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"], "-d");

        Assert.Contains("a801", result.AllOutput, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task FindScu_WorklistItemAddedOverRest_IsFound()
    {
        using var folder = new TemporaryFolder();
        var item = WorklistSamples.Minimal($"{Random.Shared.Next():X8}");
        var json = new ArrayBufferWriter<byte>();
        DicomJson.Write(json, item);
        using var content = new ReadOnlyMemoryContent(json.WrittenMemory) { Headers = { ContentType = new(DicomJson.MediaType) } };
        using var response = await _server.Http.PostAsync("/api/v1/worklist", content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());

        foreach (var proposed in new[] { "-x=", "-xe", "-xb", "-xi", "-xd" })
        {
            var found = await Dcmtk.FindScuAsync(_server.Dimse, [$"PatientID={item.GetString(Tags.PatientID)}", "PatientName", "ScheduledProcedureStepSequence[0].Modality"], folder, "-W", proposed);
            Assert.Contains(item.GetString(Tags.PatientID)!, await Dcmtk.DumpAsync(Assert.Single(found)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Curl_StowQidoWado_RoundTripByteForByte()
    {
        using var folder = new TemporaryFolder();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var body = folder.File("body");
        await File.WriteAllBytesAsync(body, [.. "--b\r\nContent-Type: application/dicom\r\n\r\n"u8, .. sample.ToPart10(), .. "\r\n--b--\r\n"u8]);

        var stored = await CurlAsync("-H", "Content-Type: multipart/related; type=\"application/dicom\"; boundary=b", "-H", "Accept: application/dicom+json", "--data-binary", "@" + body, "/dicomweb/studies");
        Assert.Equal(sample.SopInstanceUid, (string?)JsonNode.Parse(stored)?["00081199"]?["Value"]?[0]?["00081155"]?["Value"]?[0]);

        var found = await CurlAsync($"/dicomweb/studies?PatientID={sample.PatientId}");
        Assert.Equal(sample.StudyInstanceUid, (string?)JsonNode.Parse(found)?[0]?["0020000D"]?["Value"]?[0]);

        var file = folder.File("fetched.dcm");
        await CurlAsync("-H", "Accept: application/dicom; transfer-syntax=*", "-o", file, $"/dicomweb/studies/{sample.StudyInstanceUid}/series/{sample.SeriesInstanceUid}/instances/{sample.SopInstanceUid}");
        Assert.Equal(sample.ToDatasetBytes(), Part10.DatasetOf(await File.ReadAllBytesAsync(file)));
    }

    [Fact]
    public async Task ForwardJob_Study_ReachesThePeer()
    {
        await using var destination = await StoreScp.StartAsync(UniqueAeTitle());
        await AddPeerAsync(destination.Address);
        var study = await StoreStudyAsync();
        using var started = await _server.Http.PostAsJsonAsync("/api/v1/jobs", new
        {
            kind = "forward",
            peer = destination.Address.AeTitle,
            studyInstanceUid = study[0].StudyInstanceUid,
        });
        Assert.True(started.IsSuccessStatusCode, await started.Content.ReadAsStringAsync());

        // A file is there before it is whole.
        var job = (await started.Content.ReadFromJsonAsync<JsonObject>())!["id"]!;
        await Eventually.TrueAsync(async () => (string?)JsonNode.Parse(await _server.Http.GetStringAsync($"/api/v1/jobs/{job}"))!["state"] == "Done");
        AssertSame(study, destination.Files);
    }

    private async Task<IReadOnlyList<SampleObject>> StoreStudyAsync()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        foreach (var sample in study) Assert.True((await fixture.Scu.StoreAsync(sample))?.Status.IsSuccess);
        return study;
    }

    private async Task AddPeerAsync(DicomAddress peer)
    {
        using var response = await _server.Http.PutAsJsonAsync($"/api/v1/peers/{peer.AeTitle}", new { host = peer.Host, port = peer.Port });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<string> CurlAsync(params IReadOnlyList<string> arguments) => (await ExternalProcess.RunAsync(
        "curl", ["-sS", "--fail-with-body", .. arguments.SkipLast(1), new Uri(_server.Http.BaseAddress!, arguments[^1]).ToString()])).EnsureSucceeded().Output;

    private static string UniqueAeTitle() => $"SCP{Random.Shared.Next():X8}";

    private static void AssertSame(IReadOnlyList<SampleObject> expected, IEnumerable<string> files)
    {
        // Pixel data is random, so that data sets differ in their bytes.
        var received = files.Select(f => Convert.ToHexString(Part10.DatasetOf(File.ReadAllBytes(f)))).Order();
        Assert.Equal(expected.Select(o => Convert.ToHexString(o.ToDatasetBytes())).Order(), received);
    }

    /// <summary>storescu proposes what its own list of classes and syntaxes says unless it is told each by a profile.</summary>
    private static string StoreProfile(TemporaryFolder folder, IReadOnlyList<SampleObject> objects)
    {
        var path = folder.File("profile.cfg");
        var contexts = objects.DistinctBy(o => (o.SopClassUid, o.TransferSyntax)).ToList();
        var syntaxes = contexts.Select(o => o.TransferSyntax.Uid).Distinct().ToList();
        File.WriteAllLines(path,
        [
            "[[TransferSyntaxes]]",
            .. syntaxes.SelectMany((uid, i) => new[] { $"[Syntax{i}]", $"TransferSyntax1 = {uid}" }),
            "[[PresentationContexts]]", "[Contexts]",
            .. contexts.Select((o, i) => $"PresentationContext{i + 1} = {o.SopClassUid}\\Syntax{syntaxes.IndexOf(o.TransferSyntax.Uid)}"),
            "[[Profiles]]", "[Default]", "PresentationContexts = Contexts",
        ]);
        return path;
    }
}
