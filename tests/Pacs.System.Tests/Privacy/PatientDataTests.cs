using System.Net.Http.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Privacy;

/// <summary>UIDs may be logged and traced, who the patient is may not: whatever is done, and whatever goes wrong.</summary>
public sealed class PatientDataTests
{
    private const string Name = "Quincamp^Zephyrine";
    private const string PatientId = "ZQ-8842-X";
    private const string Accession = "ACC77315";

    [Fact]
    public async Task LogsTracesAndMetrics_WhateverIsDone_HoldNoPatientData()
    {
        await using var collector = await TelemetryCollector.StartAsync();
        await using var server = await PacsServer.StartAsync(new PacsServerOptions
        {
            Settings = new Dictionary<string, string>
            {
                ["Logging__LogLevel__Pacs"] = "Trace",
                ["PACS__Telemetry__OtlpEndpoint"] = collector.Endpoint,
            },
        });
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { PatientName = Name, PatientId = PatientId, AccessionNumber = Accession });
        await StoreAsync(server, sample);
        await SearchAsync(server);
        await FetchAsync(server, sample);
        await Eventually.TrueAsync(() => collector.Received.Contains(sample.StudyInstanceUid, StringComparison.Ordinal) || collector.Received.Length > 2000);
        await server.StopAsync();

        var database = Directory.EnumerateFiles(Path.Combine(server.DataFolder, "postgres"), "*.log", SearchOption.AllDirectories).Select(File.ReadAllText);
        Assert.NotEmpty(server.Log);
        foreach (var text in database.Append(string.Join('\n', server.Log)).Append(collector.Received))
        {
            foreach (var secret in new[] { "Quincamp", "Zephyrine", PatientId, Accession }) Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static async Task StoreAsync(PacsServer server, SampleObject sample)
    {
        var (scu, web) = (new TestScu(server.Dimse), new DicomWebClient(server.Http));
        var (bytes, file) = (sample.ToDatasetBytes(), sample.ToPart10());
        await scu.StoreAsync(sample);
        await scu.StoreAsync(sample.SopClassUid, sample.SopInstanceUid, sample.TransferSyntax.Uid, bytes[..^50]);
        await scu.StoreAsync(sample.SopClassUid, "2.25.1", sample.TransferSyntax.Uid, bytes);
        // The same UID with other bytes: a replacement, logged as one.
        var other = SampleObjects.Ct(new SampleOptions { PatientName = Name, PatientId = PatientId, SopInstanceUid = sample.SopInstanceUid, StudyInstanceUid = sample.StudyInstanceUid });
        await scu.StoreAsync(other);
        // The same study under another patient: a conflict, logged as one.
        await scu.StoreAsync(SampleObjects.Mr(SampleOptions.Fresh() with { PatientName = "Quincamp^Other", PatientId = PatientId + "2", StudyInstanceUid = sample.StudyInstanceUid }));
        foreach (var body in new[] { file, file[..^50], bytes }) (await web.StowAsync([body])).Dispose();
    }

    private static async Task SearchAsync(PacsServer server)
    {
        var scu = new TestScu(server.Dimse);
        foreach (var level in new[] { "STUDY", "NOSUCHLEVEL" })
            await scu.FindAsync(new DicomDataset().Set(Tags.QueryRetrieveLevel, level).Set(Tags.PatientName, Name).Set(Tags.PatientID, PatientId).Set(Tags.AccessionNumber, Accession));
        foreach (var query in new[] { $"PatientName={Name}", $"PatientID={PatientId}&StudyDate=bad", $"00080050={Accession}&fuzzymatching=true", $"NoSuch={Name}" })
            (await server.Http.GetAsync("/dicomweb/studies?" + query)).Dispose();
    }

    private static async Task FetchAsync(PacsServer server, SampleObject sample)
    {
        await new TestScu(server.Dimse).GetAsync(
            new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid), (sample.SopClassUid, sample.TransferSyntax.Uid));
        await Dcmtk.MoveScuAsync(server.Dimse, "NOSUCHAE", ["QueryRetrieveLevel=PATIENT", $"PatientID={PatientId}"], "-P");
        (await server.Http.GetAsync($"/dicomweb/studies/{sample.StudyInstanceUid}/metadata")).Dispose();
        (await server.Http.PostAsJsonAsync("/api/v1/jobs", new { kind = "forward", peer = "NOSUCHAE", studyInstanceUid = sample.StudyInstanceUid })).Dispose();
        (await server.Http.DeleteAsync($"/api/v1/studies/{sample.StudyInstanceUid}")).Dispose();
    }
}
