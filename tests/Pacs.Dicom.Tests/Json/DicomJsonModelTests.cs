using System.Buffers;
using System.Text.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Json;
using Pacs.TestKit.Conformance;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;
using CorpusFolder = Pacs.TestKit.Samples.Corpus;

namespace Pacs.Dicom.Tests.Json;

/// <summary>What is written is as the model's rules have it, whatever the data set.</summary>
public sealed class DicomJsonModelTests(ITestOutputHelper output)
{
    [Fact]
    public void Write_Samples_KeepTheRules() => Assert.All(SampleObjects.OneOfEach(), s => Assert.Empty(DicomJsonModel.FaultsOf(Write(s.Dataset))));

    [Fact]
    public void Write_EveryFileOfTheCorpus_KeepsTheRules()
    {
        var faults = CorpusFolder.Files(output.WriteLine).Where(f => f.IsReadByDcmdump)
            .SelectMany(f => DicomJsonModel.FaultsOf(Write(DicomFile.Open(f.FullPath).Dataset)).Select(fault => $"{f}: {fault}"));
        Assert.Empty(faults);
    }

    [Fact]
    public void Write_CharacterSetsOfTheCorpus_AreUtf8AndSaySo()
    {
        foreach (var file in CorpusFolder.Files(output.WriteLine, "charsets/").Where(f => f.IsReadByDcmdump))
        {
            var dataset = DicomFile.Open(file.FullPath).Dataset;
            var json = Write(dataset);
            if (dataset.GetString(Tags.SpecificCharacterSet) is not null) Assert.Equal("ISO_IR 192", json.GetProperty("00080005").GetProperty("Value")[0].GetString());
            var read = DicomJson.Read(JsonSerializer.SerializeToUtf8Bytes(json), keepBulkDataUris: true);
            Assert.Equal(dataset.GetString(Tags.PatientName)?.TrimEnd('='), read.GetString(Tags.PatientName));
        }
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""{"0010002":{"vr":"LO"}}""")]
    [InlineData("""{"0010002a":{"vr":"LO"}}""")]
    [InlineData("""{"00100020":{"vr":"LO"},"00080060":{"vr":"CS"}}""")]
    [InlineData("""{"00080000":{"vr":"UL","Value":[1]}}""")]
    [InlineData("""{"00100020":{}}""")]
    [InlineData("""{"00100020":{"vr":"XX"}}""")]
    [InlineData("""{"00100020":{"vr":"LO","Value":[]}}""")]
    [InlineData("""{"00100020":{"vr":"LO","Value":[1]}}""")]
    [InlineData("""{"00100020":{"vr":"LO","InlineBinary":""}}""")]
    [InlineData("""{"00100020":{"vr":"LO","BulkDataURI":"x"}}""")]
    [InlineData("""{"00104000":{"vr":"LT","Value":["a","b"]}}""")]
    [InlineData("""{"00100010":{"vr":"PN","Value":["A"]}}""")]
    [InlineData("""{"00100010":{"vr":"PN","Value":[{}]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":["1"]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[65536]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[null]}}""")]
    [InlineData("""{"7FE00010":{"vr":"OW","Value":[1]}}""")]
    [InlineData("""{"7FE00010":{"vr":"OW","InlineBinary":"AA==","BulkDataURI":"x"}}""")]
    [InlineData("""{"00081140":{"vr":"SQ","Value":[null]}}""")]
    [InlineData("""{"00081140":{"vr":"SQ","Value":[{"00100020":{"vr":"LO","Name":"x"}}]}}""")]
    public void FaultsOf_WhatTheModelHasNot_AreTold(string json) => Assert.NotEmpty(DicomJsonModel.FaultsOf(JsonDocument.Parse(json).RootElement));

    private static JsonElement Write(DicomDataset dataset)
    {
        var buffer = new ArrayBufferWriter<byte>();
        DicomJson.Write(buffer, dataset, bulk => bulk.Path);
        return JsonDocument.Parse(buffer.WrittenMemory).RootElement;
    }
}
