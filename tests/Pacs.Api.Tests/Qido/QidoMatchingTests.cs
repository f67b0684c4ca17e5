using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Qido;

/// <summary>Each kind of matching (PS3.18 §8.3.4) on each of the six resources: three studies of one object each, named by their Study IDs A, B, C.</summary>
public sealed class QidoMatchingTests(QidoMatchingTests.Archive server) : IClassFixture<QidoMatchingTests.Archive>
{
    public sealed class Archive : ApiServer, IAsyncLifetime
    {
        private static readonly Tag Block10 = new(0x0029, 0x0010), Block11 = new(0x0029, 0x0011), Element10 = new(0x0029, 0x1001), Element11 = new(0x0029, 0x1101);

        public Dictionary<string, SampleObject> Studies { get; } = new()
        {
            ["A"] = Sample("A", 1, "ISO_IR 192", "Müller^Jürgen", "20240115", "223000", TransferSyntaxRegistry.ExplicitVrLittleEndian, d => d
                .Set(Tags.PatientSex, "M").Set(Tags.AccessionNumber, "ACC-1").Set(Tags.TimezoneOffsetFromUTC, "+0100").Set(Tags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL")
                .Set(Tags.AcquisitionDateTime, "20240115223010").Set(Tags.OtherPatientNames, "Miller^Jim", "Mill^J").Set(Tags.SliceLocation, "1.50")
                .Set(Block10, Vr.LO, "ACME 1.1").Set(Element10, Vr.LO, "Inner")),
            // The same creator in another block, without VRs.
            ["B"] = Sample("B", 2, "ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう", "20240116", "0900", TransferSyntaxRegistry.ImplicitVrLittleEndian, d => d
                .Set(Tags.PatientSex, "F").Set(Tags.AccessionNumber, "ACC_2").Set(Tags.Modality, "MR").Set(Tags.TimezoneOffsetFromUTC, "+0900").Set(Tags.ImageType, "DERIVED", "PRIMARY")
                .Set(Tags.RequestAttributesSequence,
                    new DicomDataset().Set(Tags.RequestedProcedureID, "R1").Set(Tags.ScheduledProcedureStepID, "S1").Set(Block11, Vr.LO, "ACME 1.1").Set(Element11, Vr.LO, "Item"),
                    new DicomDataset().Set(Tags.RequestedProcedureID, "R2").Set(Tags.ScheduledProcedureStepID, "S2"))
                .Set(Block10, Vr.LO, "OTHER").Set(Element10, Vr.LO, "Else").Set(Block11, Vr.LO, "ACME 1.1").Set(Element11, Vr.LO, "Inside")),
            ["C"] = Sample("C", 3, "ISO_IR 144", "Иванов^Пётр", "", "", TransferSyntaxRegistry.ExplicitVrBigEndian, d => d
                .Set(Tags.AccessionNumber, "").Set(Tags.PatientSex, "").Set(Tags.Modality, "US").Set(Tags.ImageType, "ORIGINAL", "SECONDARY").Set(Tags.StudyDescription, "100% contrast_x")
                .Set(Block10, Vr.LO, "OTHER").Set(Element10, Vr.LO, "Inner")),
        };

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            foreach (var sample in Studies.Values) await StoreAsync(sample);
        }

        private static SampleObject Sample(string id, int seed, string characterSet, string name, string date, string time, TransferSyntax syntax, Func<DicomDataset, DicomDataset> more) =>
            SampleObjects.Ct(new SampleOptions
            {
                Seed = seed,
                TransferSyntax = syntax,
                CharacterSet = [characterSet],
                PatientId = $"P{seed}",
                PatientName = name,
                StudyDate = date,
                StudyTime = time,
                Rows = 16 * seed,
                Columns = 16,
                Customize = d => more(d.Set(Tags.StudyID, id)),
            });
    }

    [Theory]
    // Single value, by keyword and number; none; a list of values.
    [InlineData("PatientID=P1", "A")]
    [InlineData("00100020=P1", "A")]
    [InlineData("PatientID=p1", "")]
    [InlineData("PatientID=", "ABC")]
    [InlineData("PatientID=P1%5CP3", "AC")]
    [InlineData("AccessionNumber=ACC_2", "B")]
    [InlineData("PatientSex=M,F", "AB")]
    [InlineData("PatientSex=M%5CF", "AB")]
    [InlineData("ModalitiesInStudy=CT,US", "AC")]
    [InlineData("NumberOfStudyRelatedInstances=01", "ABC")]
    // Wildcards; what is one for SQL is none here.
    [InlineData("PatientID=P*", "ABC")]
    [InlineData("PatientID=?2", "B")]
    [InlineData("PatientID=*", "ABC")]
    [InlineData("AccessionNumber=ACC?2", "B")]
    [InlineData("AccessionNumber=ACC%25", "")]
    [InlineData("StudyDescription=100%25*", "C")]
    [InlineData("ModalitiesInStudy=?R", "B")]
    // Names: any case, without accents, each component group, any character set that objects are stored in.
    [InlineData("PatientName=MULLER^JURGEN", "A")]
    [InlineData("PatientName=m%C3%BCller*", "A")]
    [InlineData("PatientName=%E5%B1%B1%E7%94%B0*", "B")]
    [InlineData("PatientName=yamada*=%E5%B1%B1%E7%94%B0*", "B")]
    [InlineData("PatientName=%D0%B8%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2*", "C")]
    [InlineData("PatientName=%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D1%84&fuzzymatching=true", "C")]
    [InlineData("PatientName=mueler&fuzzymatching=true", "A")]
    [InlineData("PatientName=mueler&fuzzymatching=false", "")]
    [InlineData("PatientName=mueler", "")]
    // Ranges; a date with its time is one.
    [InlineData("StudyDate=20240115", "A")]
    [InlineData("StudyDate=20240101-20240131", "AB")]
    [InlineData("StudyDate=-20240115", "A")]
    [InlineData("StudyDate=20240116-", "B")]
    [InlineData("StudyTime=2200-2300", "A")]
    [InlineData("StudyDate=20240115-20240116&StudyTime=2300-1000", "B")]
    [InlineData("StudyDate=20240115-20240116&StudyTime=2200-0800", "A")]
    // By another clock: 223000+0100 is 213000 UTC, 0900+0900 is midnight UTC.
    [InlineData("StudyDate=20240115&StudyTime=2100-2200&TimezoneOffsetFromUTC=%2B0000", "A")]
    [InlineData("StudyDate=20240116&StudyTime=0000-0001&TimezoneOffsetFromUTC=+0000", "B")]
    [InlineData("StudyDate=20240116&00080201=%2B0900", "AB")]
    [InlineData("StudyDate=20240115&TimezoneOffsetFromUTC=-0100", "AB")]
    // UIDs, and lists of them.
    [InlineData("StudyInstanceUID={A}", "A")]
    [InlineData("StudyInstanceUID={A},{C}", "AC")]
    [InlineData("StudyInstanceUID={A}%5C{B}", "AB")]
    [InlineData("StudyInstanceUID={A},1.2.3", "A")]
    [InlineData("0020000D=*", "ABC")]
    // Empty values.
    [InlineData("AccessionNumber=%22%22&emptyvaluematching=true", "C")]
    [InlineData("StudyDate=%22%22&emptyvaluematching=true", "C")]
    [InlineData("ProcedureCodeSequence=%22%22&emptyvaluematching=true", "ABC")]
    [InlineData("AccessionNumber=%22%22&emptyvaluematching=false", "")]
    [InlineData("AccessionNumber=%22%22", "")]
    // All of several values.
    [InlineData("OtherPatientNames=Miller*%5CMill*&multiplevaluematching=true", "A")]
    [InlineData("OtherPatientNames=Miller*%5CNobody&multiplevaluematching=true", "")]
    [InlineData("OtherPatientNames=Miller*%5CNobody&multiplevaluematching=false", "A")]
    [InlineData("ModalitiesInStudy=CT,MR&multiplevaluematching=true", "")]
    // Several keys.
    [InlineData("PatientID=P*&StudyDate=20240115-&ModalitiesInStudy=MR", "B")]
    public Task Search_StudyKey_FindsWhatMatches(string query, string expected) => AssertFoundAsync(0, query, expected);

    [Theory]
    [InlineData("Modality=CT", "A")]
    [InlineData("Modality=CT,MR", "AB")]
    [InlineData("00080060=?R", "B")]
    [InlineData("SeriesInstanceUID={A},{C}", "AC")]
    [InlineData("RequestAttributesSequence.RequestedProcedureID=R2", "B")]
    [InlineData("00400275.00401001=R?", "B")]
    [InlineData("RequestAttributesSequence.00401001=R1&RequestAttributesSequence.ScheduledProcedureStepID=S1", "B")]
    // Both have to be in the same item.
    [InlineData("RequestAttributesSequence.RequestedProcedureID=R1&RequestAttributesSequence.ScheduledProcedureStepID=S2", "")]
    [InlineData("RequestAttributesSequence=", "ABC")]
    [InlineData("RequestAttributesSequence=%22%22&emptyvaluematching=true", "AC")]
    [InlineData("RequestAttributesSequence.RequestedProcedureID=%22%22&emptyvaluematching=true", "AC")]
    [InlineData("Modality=CT&PatientName=m*&StudyDate=20240115", "A")]
    public Task Search_SeriesKey_FindsWhatMatches(string query, string expected) => AssertFoundAsync(1, query, expected);

    [Theory]
    [InlineData("SOPInstanceUID={A},{B}", "AB")]
    [InlineData("SOPClassUID=1.2.840.10008.5.1.4.1.1.2", "ABC")]
    [InlineData("Rows=32", "B")]
    [InlineData("InstanceNumber=1", "ABC")]
    [InlineData("SliceLocation=1.5", "A")]
    [InlineData("ImageType=PRIMARY", "AB")]
    [InlineData("ImageType=ORIGINAL,PRIMARY", "ABC")]
    [InlineData("ImageType=ORIGINAL,PRIMARY&multiplevaluematching=true", "A")]
    [InlineData("AcquisitionDateTime=20240115-20240116", "A")]
    [InlineData("AcquisitionDateTime=20240115213000-20240115213100&TimezoneOffsetFromUTC=%2B0000", "A")]
    [InlineData("AcquisitionDateTime=%22%22&emptyvaluematching=true", "BC")]
    // Private attributes, by their creator, in whatever block and encoding an object has them.
    [InlineData("00290010=ACME%201.1&00291001=Inner", "A")]
    [InlineData("00290010=ACME%201.1&00291001=In*", "AB")]
    [InlineData("00290042=ACME%201.1&00294201=In*", "AB")]
    [InlineData("00290010=OTHER&00291001=In*", "C")]
    [InlineData("00290010=OTHER&00290011=ACME%201.1&00291001=Else&00291101=Inside", "B")]
    [InlineData("00290010=NOBODY&00291001=*n*", "")]
    [InlineData("00290010=OTHER", "BC")]
    // The creator is a key as well.
    [InlineData("00290010=ACME%201.1&00291002=%22%22&emptyvaluematching=true", "AB")]
    public Task Search_InstanceKey_FindsWhatMatches(string query, string expected) => AssertFoundAsync(2, query, expected);

    [Fact]
    public async Task Search_IncludedPrivateAttribute_ComesWithItsCreator()
    {
        foreach (var query in new[] { "00290010=ACME%201.1&includefield=00291001", "00290010=ACME%201.1&00291001=In*" })
        {
            var matches = await FindAsync($"instances?includefield=StudyID&{query}");
            Assert.Equal(query.EndsWith("001", StringComparison.Ordinal) ? 3 : 2, matches.Count);
            foreach (var (study, value) in new[] { ("A", "Inner"), ("B", "Inside") })
            {
                var match = matches.Single(m => Text(m, "00200010") == study);
                Assert.Equal("ACME 1.1", Text(match, "00290010"));
                // What came without a VR is told as it came.
                Assert.Equal(value, match.GetProperty("00291001").TryGetProperty("InlineBinary", out var binary)
                    ? System.Text.Encoding.ASCII.GetString(binary.GetBytesFromBase64()).TrimEnd(' ') : Text(match, "00291001"));
            }
        }
        // Without a creator named, as it lies.
        var c = Assert.Single(await FindAsync($"instances?includefield=00291001&SOPInstanceUID={server.Studies["C"].SopInstanceUid}"));
        Assert.Equal(("OTHER", "Inner"), (Text(c, "00290010"), Text(c, "00291001")));
    }

    private async Task AssertFoundAsync(int level, string query, string expected)
    {
        foreach (var (id, sample) in server.Studies)
            query = query.Replace($"{{{id}}}", level switch { 0 => sample.StudyInstanceUid, 1 => sample.SeriesInstanceUid, _ => sample.SopInstanceUid }, StringComparison.Ordinal);
        foreach (var resource in new[] { "studies", "series", "instances" }.Skip(level))
            Assert.Equal((resource, expected), (resource, await IdsAsync(resource, query)));
        foreach (var (id, sample) in server.Studies)
        {
            var found = expected.Contains(id, StringComparison.Ordinal) ? id : "";
            var study = $"studies/{sample.StudyInstanceUid}";
            foreach (var resource in new[] { $"{study}/series", $"{study}/instances", $"{study}/series/{sample.SeriesInstanceUid}/instances" }.Skip(level == 2 ? 1 : 0))
                Assert.Equal((resource, found), (resource, await IdsAsync(resource, query)));
        }
    }

    private async Task<string> IdsAsync(string resource, string query) =>
        string.Concat((await FindAsync($"{resource}?includefield=StudyID&{query}")).Select(m => Text(m, "00200010")).Order(StringComparer.Ordinal));

    private async Task<List<JsonElement>> FindAsync(string pathAndQuery) => [.. (await server.GetJsonAsync("/dicomweb/" + pathAndQuery)).EnumerateArray()];

    private static string Text(JsonElement match, string tag) => match.GetProperty(tag).GetProperty("Value")[0].GetString()!;
}
