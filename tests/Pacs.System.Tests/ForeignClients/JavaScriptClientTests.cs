using System.Text.Json.Nodes;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.ForeignClients;

/// <summary>What viewers in browsers do, by the client library that they use; what comes back is what was stored.</summary>
public sealed class JavaScriptClientTests(OneProcessServer fixture) : IClassFixture<OneProcessServer>
{
    private readonly JavaScriptClient _client = new(new Uri(fixture.Server.Http.BaseAddress!, "/dicomweb"));

    [Fact]
    public async Task StoreInstances_OfAStudy_AreStoredAndLocated()
    {
        using var folder = new TemporaryFolder();
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());

        var answer = await _client.CallAsync("storeInstances", new { datasets = study.Select(o => o.WriteTo(folder.Path)) });

        Assert.Equal(study.Select(o => o.SopInstanceUid).Order(), answer["00081199"]!["Value"]!.AsArray().Select(i => Text(i!, "00081155")).Order());
        Assert.All(answer["00081199"]!["Value"]!.AsArray(), i => Assert.StartsWith(fixture.Server.Http.BaseAddress!.ToString(), Text(i!, "00081190"), StringComparison.Ordinal));
        Assert.Null(answer["00081198"]);
        Assert.Equal(4, (await fixture.Web.QidoAsync($"studies/{study[0].StudyInstanceUid}/instances")).Count);
    }

    [Fact]
    public async Task StoreInstances_OfAnotherStudyThanThatOfThePath_AreRefusedWithTheReason()
    {
        using var folder = new TemporaryFolder();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());

        var refused = await _client.TryAsync("storeInstances", new { datasets = new[] { sample.WriteTo(folder.Path) }, studyInstanceUID = "1.2.3" });

        Assert.StartsWith("409 ", refused.Error, StringComparison.Ordinal);
        Assert.Empty(await fixture.Web.QidoAsync($"studies?PatientID={sample.PatientId}"));
    }

    [Fact]
    public async Task Search_EveryLevel_FindsWhatWasStored()
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        await StoreAsync([.. study]);
        var (studyUid, seriesUid) = (study[0].StudyInstanceUid, study[0].SeriesInstanceUid);

        var studies = await _client.CallAsync("searchForStudies", new { queryParams = new { PatientID = study[0].PatientId, includefield = "StudyDescription" } });
        Assert.Equal([studyUid], Texts(studies, "0020000D"));
        Assert.Equal(["Head"], Texts(studies, "00081030"));

        var series = await _client.CallAsync("searchForSeries", new { studyInstanceUID = studyUid });
        Assert.Equal(study.Select(o => o.SeriesInstanceUid).Distinct().Order(), Texts(series, "0020000E").Order());

        var instances = await _client.CallAsync("searchForInstances", new { studyInstanceUID = studyUid, seriesInstanceUID = seriesUid });
        Assert.Equal(study.Where(o => o.SeriesInstanceUid == seriesUid).Select(o => o.SopInstanceUid).Order(), Texts(instances, "00080018").Order());

        var none = await _client.CallAsync("searchForStudies", new { queryParams = new { PatientID = "NOBODY" } });
        Assert.Empty(none.AsArray());
    }

    [Fact]
    public async Task RetrieveMetadata_EveryLevel_IsThatOfTheObjects()
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        await StoreAsync([.. study]);
        var (studyUid, seriesUid, instanceUid) = (study[0].StudyInstanceUid, study[0].SeriesInstanceUid, study[0].SopInstanceUid);

        var ofStudy = await _client.CallAsync("retrieveStudyMetadata", new { studyInstanceUID = studyUid });
        Assert.Equal(study.Select(o => o.SopInstanceUid).Order(), Texts(ofStudy, "00080018").Order());
        Assert.All(ofStudy.AsArray(), i => Assert.Equal("Doe^Jane", (string?)i!["00100010"]!["Value"]![0]!["Alphabetic"]));

        var ofSeries = await _client.CallAsync("retrieveSeriesMetadata", new { studyInstanceUID = studyUid, seriesInstanceUID = seriesUid });
        Assert.Equal(2, ofSeries.AsArray().Count);

        var ofInstance = await _client.CallAsync("retrieveInstanceMetadata", new { studyInstanceUID = studyUid, seriesInstanceUID = seriesUid, sopInstanceUID = instanceUid });
        Assert.Equal([instanceUid], Texts(ofInstance, "00080018"));
        Assert.Equal(64, (int)ofInstance[0]!["00280010"]!["Value"]![0]!);
    }

    [Fact]
    public async Task RetrieveInstance_StoredAsTheClientAsks_IsByteForByteWhatWasStored()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(sample);

        var file = Assert.Single(await _client.FetchAsync("retrieveInstance", AddressOf(sample)));

        Assert.Equal(sample.ToDatasetBytes(), Part10.DatasetOf(file));
    }

    [Fact]
    public async Task RetrieveStudyAndSeries_AreAllTheirObjects()
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        await StoreAsync([.. study]);

        var ofStudy = await _client.FetchAsync("retrieveStudy", new { studyInstanceUID = study[0].StudyInstanceUid });
        var ofSeries = await _client.FetchAsync("retrieveSeries", new { studyInstanceUID = study[0].StudyInstanceUid, seriesInstanceUID = study[0].SeriesInstanceUid });

        Assert.Equal(Hex(study.Select(o => o.ToDatasetBytes())), Hex(ofStudy.Select(Part10.DatasetOf)));
        Assert.Equal(Hex(study.Where(o => o.SeriesInstanceUid == study[0].SeriesInstanceUid).Select(o => o.ToDatasetBytes())), Hex(ofSeries.Select(Part10.DatasetOf)));
    }

    [Fact]
    public async Task RetrieveInstanceFrames_Uncompressed_AreThoseOfThePixelData()
    {
        var sample = SampleObjects.MultiFrame(SampleOptions.Fresh());
        await StoreAsync(sample);
        var pixels = PixelsOf(sample);

        var frames = await _client.FetchAsync("retrieveInstanceFrames", AddressOf(sample, new { frameNumbers = new[] { 2, 4 } }));

        Assert.Equal([.. Hex([pixels[1024..2048]]), .. Hex([pixels[3072..4096]])], frames.Select(Convert.ToHexString));
    }

    [Fact]
    public async Task RetrieveInstanceFrames_CompressedOrNot_AreAskedForTogether()
    {
        // As viewers do that do not know yet how the object is stored.
        object[] either = [new { mediaType = "image/jpeg", transferSyntaxUID = Uids.JPEGBaseline8Bit }, new { mediaType = "application/octet-stream", transferSyntaxUID = Uids.ExplicitVRLittleEndian }];
        var compressed = SampleObjects.Encapsulated(SampleOptions.Fresh());
        var native = SampleObjects.Ct(SampleOptions.Fresh());
        await StoreAsync(compressed, native);

        var jpeg = Assert.Single(await _client.FetchAsync("retrieveInstanceFrames", AddressOf(compressed, new { frameNumbers = new[] { 1 }, mediaTypes = either })));
        var octets = Assert.Single(await _client.FetchAsync("retrieveInstanceFrames", AddressOf(native, new { frameNumbers = new[] { 1 }, mediaTypes = either })));

        Assert.Equal([0xFF, 0xD8], jpeg[..2]);
        Assert.True(compressed.ToDatasetBytes().AsSpan().IndexOf(jpeg) > 0);
        Assert.Equal(PixelsOf(native), octets);
    }

    [Fact]
    public async Task RetrieveBulkData_OfTheUriInMetadata_IsTheValue()
    {
        var (image, document) = (SampleObjects.Ct(SampleOptions.Fresh()), SampleObjects.Pdf(SampleOptions.Fresh()));
        await StoreAsync(image, document);

        foreach (var (sample, tag, key) in new[] { (image, Tags.PixelData, "7FE00010"), (document, Tags.EncapsulatedDocument, "00420011") })
        {
            var metadata = await _client.CallAsync("retrieveInstanceMetadata", AddressOf(sample));
            // Short values are in the metadata themselves.
            if ((string?)metadata[0]![key]!["BulkDataURI"] is not { } uri)
            {
                Assert.Equal(Convert.ToBase64String(ValueOf(sample, tag)), (string?)metadata[0]![key]!["InlineBinary"]);
                continue;
            }
            Assert.Equal(ValueOf(sample, tag), Assert.Single(await _client.FetchAsync("retrieveBulkData", new { BulkDataURI = uri })));
        }
    }

    [Fact]
    public async Task Retrieve_WhatIsNotThere_FailsWithItsStatus()
    {
        var missing = await _client.TryAsync("retrieveStudyMetadata", new { studyInstanceUID = "1.2.3.4.5" });

        Assert.StartsWith("404 ", missing.Error, StringComparison.Ordinal);
    }

    private async Task StoreAsync(params SampleObject[] samples)
    {
        using var response = await fixture.Web.StowAsync(samples.Select(s => s.ToPart10()));
        response.EnsureSuccessStatusCode();
    }

    private static Dictionary<string, object?> AddressOf(SampleObject sample, object? more = null)
    {
        var options = new Dictionary<string, object?>
        {
            ["studyInstanceUID"] = sample.StudyInstanceUid,
            ["seriesInstanceUID"] = sample.SeriesInstanceUid,
            ["sopInstanceUID"] = sample.SopInstanceUid,
        };
        foreach (var property in more?.GetType().GetProperties() ?? []) options[property.Name] = property.GetValue(more);
        return options;
    }

    private static byte[] PixelsOf(SampleObject sample) => ValueOf(sample, Tags.PixelData);

    private static byte[] ValueOf(SampleObject sample, Tag tag) => ((ValueElement)sample.Dataset[tag]!).Value.ToArray();

    private static IEnumerable<string> Hex(IEnumerable<byte[]> values) => values.Select(Convert.ToHexString).Order();

    private static IEnumerable<string> Texts(JsonNode items, string tag) => items.AsArray().Select(i => Text(i!, tag));

    private static string Text(JsonNode item, string tag) => (string)item[tag]!["Value"]![0]!;
}
