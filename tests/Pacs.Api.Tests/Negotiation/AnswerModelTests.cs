using System.Buffers;
using System.Text;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Xml;
using Pacs.TestKit.Conformance;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Negotiation;

/// <summary>Real answers against the rules of the models: JSON by PS3.18 Table F.2.3-1, and XML that says the same.</summary>
public sealed class AnswerModelTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Parts = "multipart/related; type=\"application/dicom+xml\"";

    [Fact]
    public async Task Answers_EveryResource_KeepTheRulesInBothForms()
    {
        var objects = SampleObjects.OneOfEach(SampleOptions.Fresh());
        foreach (var o in objects) AddOddities(o.Dataset);
        using var stored = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart(objects.Select(o => o.ToPart10())));
        Assert.Empty(DicomJsonModel.FaultsOf(JsonDocument.Parse(await stored.Content.ReadAsStringAsync()).RootElement));

        var (study, series, instance) = (objects[0].StudyInstanceUid, objects[0].SeriesInstanceUid, objects[0].SopInstanceUid);
        string[] resources =
        [
            $"studies?StudyInstanceUID={study}&includefield=all", $"series?StudyInstanceUID={study}&includefield=all", $"instances?StudyInstanceUID={study}&includefield=all",
            $"studies/{study}/series", $"studies/{study}/instances?includefield=all", $"studies/{study}/series/{series}/instances",
            $"studies/{study}/metadata", $"studies/{study}/series/{series}/metadata", $"studies/{study}/series/{series}/instances/{instance}/metadata",
        ];
        foreach (var resource in resources)
        {
            var array = await server.GetJsonAsync("/dicomweb/" + resource);
            Assert.NotEqual(0, array.GetArrayLength());
            Assert.Empty(DicomJsonModel.FaultsOfArray(array).Select(fault => $"{resource}: {fault}"));
            Assert.Equal(array.EnumerateArray().Select(WithoutBulk), (await ApiServer.PartsAsync(await server.GetAsync("/dicomweb/" + resource, Parts))).Select(p => AsJson(p.Data)));
        }
    }

    /// <summary>Private elements, names of three groups, empty values among others, a number that is none.</summary>
    private static void AddOddities(DicomDataset dataset) => dataset
        .Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192")
        .Set(Tags.OtherPatientNames, "Yamada^Tarou=山田^太郎=やまだ^たろう", "", "O'Neil & <Sons>^^^Dr")
        .Set(new Tag(0x00110010), Vr.LO, "MAKER").Set(new Tag(0x00111001), Vr.FD, "0.1", "NaN").Set(new ValueElement(new Tag(0x00111002), Vr.UN, new byte[] { 1, 2 }))
        .Set(Tags.ImageComments, Vr.LT, "a\\b\r\n\t\"c\" \u0001");

    private static string WithoutBulk(JsonElement dataset) => Json(DicomJson.Read(Encoding.UTF8.GetBytes(dataset.GetRawText().Replace("\\u0001", "\uFFFD", StringComparison.Ordinal)), keepBulkDataUris: true));

    private static string AsJson(byte[] xml) => Json(NativeModel.Read(new MemoryStream(xml), keepBulkDataUris: true));

    private static string Json(DicomDataset dataset)
    {
        var buffer = new ArrayBufferWriter<byte>();
        DicomJson.Write(buffer, dataset);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
