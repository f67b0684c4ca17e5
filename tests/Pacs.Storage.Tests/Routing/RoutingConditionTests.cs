using System.Text.Json;
using System.Text.Json.Serialization;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Ingest;
using Pacs.Storage.Routing;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Routing;

public sealed class RoutingConditionTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static readonly IngestSource Source = new("DIMSE") { CallingAeTitle = "CT1", CalledAeTitle = "PACS", Listener = "default", RemoteAddress = "192.0.2.17" };

    /// <summary>A Saturday night.</summary>
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 23, 30, 0, TimeSpan.Zero);

    public static TheoryData<string, bool> Conditions => new()
    {
        { """{"callingAeTitles":["MR1","CT*"]}""", true },
        { """{"callingAeTitles":["ct1"]}""", false },
        { """{"calledAeTitles":["PACS"],"listeners":["def*"],"protocols":["DIMSE"]}""", true },
        { """{"protocols":["STOW-RS"]}""", false },
        { """{"addresses":["192.0.2.0/24"]}""", true },
        { """{"addresses":["198.51.100.1","2001:db8::/32"]}""", false },
        { """{"modalities":["MR","CT"]}""", true },
        { """{"sopClasses":["1.2.840.10008.5.1.4.1.1.4"]}""", false },
        { """{"timeOfDay":"22:00-06:00"}""", true },
        { """{"timeOfDay":"06:00-22:00"}""", false },
        { """{"weekdays":["Saturday","Sunday"]}""", true },
        { """{"weekdays":["Monday"]}""", false },
        { """{"attribute":"PatientName","equalTo":["MULLER^JORG"]}""", true },
        { """{"attribute":"PatientName","matches":["mul*^j?rg"]}""", true },
        { """{"attribute":"PatientName","equalTo":["MUL*"]}""", false },
        { """{"attribute":"StudyDescription","equalTo":["Head"]}""", true },
        { """{"attribute":"StudyDescription","equalTo":["head"]}""", false },
        { """{"attribute":"00081030","matches":["He*"]}""", true },
        { """{"attribute":"StudyDate","matches":["20260101-20261231"]}""", true },
        { """{"attribute":"StudyDate","from":"20260116"}""", false },
        { """{"attribute":"StudyDate","to":"20260115"}""", true },
        { """{"attribute":"KVP","from":"100","to":"120.0"}""", true },
        { """{"attribute":"KVP","from":"120.5"}""", false },
        { """{"attribute":"KVP","equalTo":["1.2E2"]}""", true },
        { """{"attribute":"StudyDescription","regex":"^[A-H]e.d$"}""", true },
        { """{"attribute":"StudyDescription","regex":"foot"}""", false },
        { """{"attribute":"AccessionNumber","isPresent":false}""", true },
        { """{"attribute":"PatientID","isPresent":true}""", true },
        { """{"attribute":"RequestAttributesSequence.ScheduledProcedureStepID","equalTo":["STEP2"]}""", true },
        { """{"attribute":"RequestAttributesSequence.ScheduledProcedureStepID","equalTo":["STEP3"]}""", false },
        { """{"attribute":"RequestAttributesSequence.AccessionNumber","isPresent":false}""", true },
        { """{"attribute":"00091001","privateCreator":"ACME 1.0","equalTo":["KNEE"]}""", true },
        { """{"attribute":"00091001","privateCreator":"OTHER","equalTo":["KNEE"]}""", false },
        { """{"attribute":"00091001","privateCreator":"OTHER","isPresent":false}""", true },
        { """{"attribute":"RequestAttributesSequence","isPresent":true}""", true },
        { """{"attribute":"PixelData","isPresent":true}""", true },
        { """{"not":{"modalities":["CT"]}}""", false },
        { """{"any":[{"modalities":["MR"]},{"callingAeTitles":["CT1"]}]}""", true },
        { """{"all":[{"modalities":["CT"]},{"any":[{"modalities":["MR"]},{"modalities":["US"]}]}]}""", false },
        { """{"modalities":["CT"],"not":{"attribute":"KVP","from":"121"}}""", true },
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Condition_EachKind_HoldsOrNot(string condition, bool holds)
    {
        var faults = new List<string>();
        var test = new RoutingConditionReader(faults).Read(Read(condition), "condition");
        Assert.Empty(faults);
        Assert.Equal(holds, test.IsMet(Subject()));
        Assert.Equal(holds, test.FirstUnmet(Subject()) is null);
    }

    [Theory]
    [InlineData("{}", "holds nothing")]
    [InlineData("""{"callingAeTitles":[]}""", "1 to 1000 texts")]
    [InlineData("""{"addresses":["192.0.2"]}""", "IP addresses")]
    [InlineData("""{"timeOfDay":"22-6"}""", "22:00-06:00")]
    [InlineData("""{"attribute":"PatientNames","isPresent":true}""", "keyword")]
    [InlineData("""{"attribute":"PatientID.StudyDate","isPresent":true}""", "sequences")]
    [InlineData("""{"attribute":"PatientID"}""", "say what it has to be")]
    [InlineData("""{"isPresent":true}""", "needs its attribute")]
    [InlineData("""{"attribute":"PatientID","matches":["*"]}""", "matches everything")]
    [InlineData("""{"attribute":"StudyDate","from":"yesterday"}""", "date")]
    [InlineData("""{"attribute":"KVP","from":"many"}""", "numbers")]
    [InlineData("""{"attribute":"PatientID","regex":"("}""", "regular expression")]
    [InlineData("""{"attribute":"PatientID","regex":"(a)\\1"}""", "without backtracking")]
    [InlineData("""{"attribute":"PixelData","equalTo":["1"]}""", "isPresent")]
    [InlineData("""{"attribute":"PatientID","privateCreator":"X","isPresent":true}""", "private creator")]
    [InlineData("""{"not":{"not":{"not":{"not":{"not":{"not":{"not":{"not":{"not":{"not":{"modalities":["CT"]}}}}}}}}}}}""", "within one another")]
    public void Condition_Wrong_IsTold(string condition, string told)
    {
        var faults = new List<string>();
        new RoutingConditionReader(faults).Read(Read(condition), "condition");
        Assert.Contains(faults, f => f.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void Condition_SeveralFaults_AreAllTold()
    {
        var faults = RoutingValidation.Faults(new RoutingRule { Name = "a b", Position = 0, Condition = Read("""{"weekdays":[],"all":[{"timeOfDay":"x"},{"attribute":"Nothing","isPresent":true}]}"""), Actions = [new RoutingAction { Anonymize = "basic", Transcode = "1.2" }] });
        Assert.Equal(8, faults.Count);
    }

    [Fact]
    public void FirstUnmet_NestedConditions_NamesTheFirstThatFails()
    {
        var test = new RoutingConditionReader([]).Read(Read("""{"modalities":["CT"],"all":[{"callingAeTitles":["CT1"]},{"attribute":"KVP","from":"130"},{"modalities":["MR"]}]}"""), "condition");
        Assert.Equal("condition.all[1]: attribute KVP", test.FirstUnmet(Subject()));
    }

    private static RoutingCondition Read(string json) => JsonSerializer.Deserialize<RoutingCondition>(json, Json)!;

    private static RoutingSubject Subject()
    {
        var dataset = SampleObjects.Ct(new SampleOptions
        {
            PatientName = "Müller^Jörg",
            Customize = d => d.Set(new ValueElement(new Tag(0x00090010), Vr.LO, "SPARE "u8.ToArray())).Set(new ValueElement(new Tag(0x00090011), Vr.LO, "ACME 1.0"u8.ToArray()))
                .Set(new ValueElement(new Tag(0x00091101), Vr.LO, "KNEE"u8.ToArray())).Set(Tags.AccessionNumber, "")
                .Set(Tags.RequestAttributesSequence, new DicomDataset().Set(Tags.ScheduledProcedureStepID, "STEP1"), new DicomDataset().Set(Tags.ScheduledProcedureStepID, "STEP2")),
        }).Dataset;
        return new RoutingSubject(dataset, Source, Now);
    }
}
