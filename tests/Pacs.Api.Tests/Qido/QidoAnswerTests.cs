using System.Text.Json;
using System.Xml.Linq;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Qido;

/// <summary>What each resource answers with unasked (PS3.18 Tables 10.6.3-3 to 10.6.3-5).</summary>
public sealed class QidoAnswerTests(QidoAnswerTests.Archive server) : IClassFixture<QidoAnswerTests.Archive>
{
    /// <summary>Required whatever is known: with no value if nothing is.</summary>
    private static readonly Dictionary<string, Tag[]> Required = new()
    {
        ["study"] =
        [
            Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.ModalitiesInStudy, Tags.ReferringPhysicianName, Tags.PatientName, Tags.PatientID,
            Tags.PatientBirthDate, Tags.PatientSex, Tags.StudyInstanceUID, Tags.StudyID, Tags.NumberOfStudyRelatedSeries, Tags.NumberOfStudyRelatedInstances, Tags.RetrieveURL,
        ],
        ["series"] = [Tags.Modality, Tags.SeriesInstanceUID, Tags.SeriesNumber, Tags.NumberOfSeriesRelatedInstances, Tags.RetrieveURL],
        ["instance"] = [Tags.SOPClassUID, Tags.SOPInstanceUID, Tags.InstanceNumber, Tags.RetrieveURL],
    };

    /// <summary>Required if known, and not there if not.</summary>
    private static readonly Dictionary<string, Tag[]> IfKnown = new()
    {
        ["study"] = [Tags.TimezoneOffsetFromUTC],
        ["series"] = [Tags.TimezoneOffsetFromUTC, Tags.SeriesDescription, Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepStartTime, Tags.RequestAttributesSequence],
        ["instance"] = [Tags.TimezoneOffsetFromUTC, Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.NumberOfFrames],
    };

    public sealed class Archive : ApiServer, IAsyncLifetime
    {
        public SampleObject Full { get; } = SampleObjects.Ct(SampleOptions.Fresh() with
        {
            Customize = d => d.Set(Tags.TimezoneOffsetFromUTC, "+0100").Set(Tags.SeriesDescription, "Thin").Set(Tags.PerformedProcedureStepStartDate, "20240115")
                .Set(Tags.PerformedProcedureStepStartTime, "0900").Set(Tags.RequestAttributesSequence, new DicomDataset().Set(Tags.RequestedProcedureID, "R1"))
                .Set(Tags.NumberOfFrames, "1").Set(Tags.StudyID, "S").Set(Tags.ReferringPhysicianName, "Roe^Richard").Set(Tags.AccessionNumber, "A"),
        });

        public SampleObject Bare { get; } = SampleObjects.StructuredReport(SampleOptions.Fresh() with
        {
            Customize = d =>
            {
                foreach (var element in d.Where(e => e.Tag != Tags.SOPClassUID && e.Tag != Tags.SOPInstanceUID && e.Tag != Tags.StudyInstanceUID && e.Tag != Tags.SeriesInstanceUID).ToList()) d.Remove(element.Tag);
            },
        });

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            await StoreAsync(Full, Bare);
        }
    }

    [Theory]
    [InlineData("studies?StudyInstanceUID={study}", "study")]
    [InlineData("studies/{study}/series", "series")]
    [InlineData("studies/{study}/instances", "series instance")]
    [InlineData("studies/{study}/series/{series}/instances", "instance")]
    [InlineData("series?SeriesInstanceUID={series}", "study series")]
    [InlineData("instances?SOPInstanceUID={instance}", "study series instance")]
    public async Task Search_Resource_AnswersWithWhatTheStandardRequires(string resource, string levels)
    {
        var (full, bare) = (await FindAsync(resource, server.Full), await FindAsync(resource, server.Bare));
        foreach (var level in levels.Split(' '))
        {
            Assert.All(Required[level], tag => Assert.True(full.TryGetProperty(tag.ToHex(), out var element) && element.TryGetProperty("Value", out _), $"{tag} of {level}"));
            Assert.All(Required[level], tag => Assert.True(bare.TryGetProperty(tag.ToHex(), out _), $"{tag} of {level}, without a value"));
            Assert.All(IfKnown[level], tag => Assert.True(full.TryGetProperty(tag.ToHex(), out var element) && element.TryGetProperty("Value", out _), $"{tag} of {level}"));
            Assert.All(IfKnown[level], tag => Assert.False(bare.TryGetProperty(tag.ToHex(), out _), $"{tag} of {level}, which is not known"));
        }
        // What is of other levels is not there unasked.
        foreach (var level in Required.Keys.Except(levels.Split(' ')))
            Assert.All(Required[level].Where(t => t != Tags.RetrieveURL && !t.ToHex().StartsWith("0020000", StringComparison.Ordinal) && t != Tags.PatientID), tag => Assert.False(full.TryGetProperty(tag.ToHex(), out _), $"{tag} of {level}"));
        if (levels.Contains("study", StringComparison.Ordinal) || levels.Contains("instance", StringComparison.Ordinal)) Assert.Equal("ONLINE", Value(full, Tags.InstanceAvailability));
        Assert.StartsWith($"{server.Address}/dicomweb/studies/{server.Full.StudyInstanceUid}", Value(full, Tags.RetrieveURL), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_ItemOfRequestAttributes_HasBothIdentifiers()
    {
        var item = (await FindAsync("studies/{study}/series", server.Full)).GetProperty(Tags.RequestAttributesSequence.ToHex()).GetProperty("Value")[0];
        Assert.Equal("R1", Value(item, Tags.RequestedProcedureID));
        Assert.False(item.GetProperty(Tags.ScheduledProcedureStepID.ToHex()).TryGetProperty("Value", out _));
    }

    [Fact]
    public async Task Search_Counts_AreOfWhatIsStored()
    {
        var options = SampleOptions.Fresh() with { Rows = 4, Columns = 4 };
        var objects = SampleObjects.Study(3, 2, options, o => o.SeriesNumber == 2 ? SampleObjects.Mr(o) : SampleObjects.Ct(o));
        await server.StoreAsync(objects);
        var study = await FindAsync("studies?StudyInstanceUID={study}", objects[0]);
        Assert.Equal(("3", "6"), (Value(study, Tags.NumberOfStudyRelatedSeries), Value(study, Tags.NumberOfStudyRelatedInstances)));
        Assert.Equal(["CT", "MR"], study.GetProperty(Tags.ModalitiesInStudy.ToHex()).GetProperty("Value").EnumerateArray().Select(v => v.GetString()!).Order());
        Assert.Equal("2", Value(await FindAsync("series?SeriesInstanceUID={series}", objects[0]), Tags.NumberOfSeriesRelatedInstances));
    }

    [Theory]
    [InlineData("StudyDescription,SeriesDescription", "00081030 0008103E")]
    [InlineData("00081030&includefield=SeriesDescription", "00081030 0008103E")]
    [InlineData("PatientName,StudyID&includefield=AccessionNumber", "00100010 00200010 00080050")]
    [InlineData("RequestAttributesSequence.RequestedProcedureID", "00400275")]
    [InlineData("all", "00081030 0008103E 00100010 00180050 00280010")]
    [InlineData("all,StudyDescription", "00081030 0008103E 00100010 00180050 00280010")]
    [InlineData("ProcedureCodeSequence,SliceLocation", "00081032 00201041")]
    public async Task Search_IncludeField_AddsAttributesOfThisLevelAndAbove(string fields, string tags)
    {
        var match = await FindAsync($"studies/{{study}}/series/{{series}}/instances?includefield={fields}", server.Full);
        Assert.All(tags.Split(' '), tag => Assert.True(match.TryGetProperty(tag, out _), tag));
    }

    [Fact]
    public async Task Search_IncludedPathOfASequence_AnswersWithThatAlone()
    {
        var match = await FindAsync("studies/{study}/instances?includefield=00400275.00400009&includefield=ConceptNameCodeSequence.CodeMeaning", server.Full);
        Assert.True(match.GetProperty("00400275").GetProperty("Value")[0].TryGetProperty("00401001", out _));
        // Of the series that the address names nothing is answered unasked: then it is the path alone.
        match = await FindAsync("studies/{study}/series/{series}/instances?includefield=00400275.00400009", server.Full);
        Assert.Equal(["00400009"], match.GetProperty("00400275").GetProperty("Value")[0].EnumerateObject().Select(p => p.Name).Where(n => n != "00401001"));
    }

    [Fact]
    public async Task Search_MatchedAttribute_IsAnswered()
    {
        var match = await FindAsync("instances?SOPInstanceUID={instance}&StudyDescription=*&PatientComments=", server.Full);
        Assert.Equal("Head", Value(match, Tags.StudyDescription));
        Assert.False(match.GetProperty(Tags.PatientComments.ToHex()).TryGetProperty("Value", out _));
    }

    [Fact]
    public async Task Search_AsXml_HasTheAttributesOfTheJson()
    {
        var json = await FindAsync("instances?SOPInstanceUID={instance}", server.Full);
        using var response = await server.GetAsync($"/dicomweb/instances?SOPInstanceUID={server.Full.SopInstanceUid}", "multipart/related; type=\"application/dicom+xml\"");
        var part = Assert.Single(await ApiServer.PartsAsync(response));
        var tags = XDocument.Load(new MemoryStream(part.Data)).Root!.Elements().Select(e => e.Attribute("tag")!.Value);
        Assert.Equal(json.EnumerateObject().Select(p => p.Name), tags);
    }

    private async Task<JsonElement> FindAsync(string resource, SampleObject of) => Assert.Single((await server.GetJsonAsync("/dicomweb/" + resource
        .Replace("{study}", of.StudyInstanceUid, StringComparison.Ordinal).Replace("{series}", of.SeriesInstanceUid, StringComparison.Ordinal)
        .Replace("{instance}", of.SopInstanceUid, StringComparison.Ordinal))).EnumerateArray());

    private static string Value(JsonElement match, Tag tag) => match.GetProperty(tag.ToHex()).GetProperty("Value")[0].ToString();
}
