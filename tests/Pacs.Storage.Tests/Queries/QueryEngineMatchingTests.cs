using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Queries;
using Pacs.TestKit.Samples;
using static Pacs.Storage.Tests.Queries.QueryArchive;

namespace Pacs.Storage.Tests.Queries;

/// <summary>Each kind of matching on each kind of key, on real PostgreSQL: three studies, named by their Study IDs A, B, C.</summary>
public sealed class QueryEngineMatchingTests(QueryEngineMatchingTests.Archive archive) : IClassFixture<QueryEngineMatchingTests.Archive>
{
    public sealed class Archive : QueryArchive
    {
        public Archive()
        {
            Store(Sample("A", 1, "Müller^Jürgen", "20240115", "223000", d => d
                .Set(Tags.AccessionNumber, "ACC-1").Set(Tags.PatientSex, "M").Set(Tags.PatientComments, "Needs help").Set(Tags.PatientWeight, "75.5")
                .Set(Tags.ReferringPhysicianName, "Roe^Richard").Set(Tags.ImageType, "ORIGINAL", "PRIMARY").Set(Tags.AcquisitionDateTime, "20240115223010")));
            Store(Sample("B", 2, "Yamada^Tarou=山田^太郎=やまだ^たろう", "20240116", "0900", d => d
                .Set(Tags.AccessionNumber, "ACC_2").Set(Tags.Modality, "MR").Set(Tags.SeriesNumber, "01").Set(Tags.RequestAttributesSequence,
                    new DicomDataset().Set(Tags.RequestedProcedureID, "R1").Set(Tags.ScheduledProcedureStepID, "S1"),
                    new DicomDataset().Set(Tags.RequestedProcedureID, "R2").Set(Tags.ScheduledProcedureStepID, "S2"))));
            Store(Sample("C", 3, "", "", "", d => d.Set(Tags.AccessionNumber, "").Set(Tags.StudyDescription, "100% contrast_x \"quoted\"").Set(Tags.Modality, "US").Set(Tags.SeriesNumber, "")));
        }

        private static SampleObject Sample(string id, int seed, string name, string date, string time, Func<DicomDataset, DicomDataset> more) => SampleObjects.Ct(new SampleOptions
        {
            Seed = seed,
            CharacterSet = ["ISO_IR 192"],
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
    [InlineData("PatientID", "P1", "A")]
    [InlineData("PatientID", "p1", "")]
    [InlineData("PatientID", "P?", "ABC")]
    [InlineData("PatientID", @"P1\P3", "AC")]
    [InlineData("PatientID", @"P1\*3", "AC")]
    [InlineData("PatientName", "MULLER^JURGEN", "A")]
    [InlineData("PatientName", "Müller*", "A")]
    [InlineData("PatientName", "muller", "")]
    [InlineData("PatientName", "*rgen", "A")]
    [InlineData("PatientName", "*ürg*", "A")]
    [InlineData("PatientName", "山田*", "B")]
    [InlineData("PatientName", "*郎", "B")]
    [InlineData("PatientName", "山", "")]
    [InlineData("PatientName", "yamada*=山田*", "B")]
    [InlineData("PatientName", "yamada*=太*", "")]
    [InlineData("PatientName", "==やまだ^*", "B")]
    [InlineData("PatientName", "m*郎", "")]
    [InlineData("PatientName", "*", "ABC")]
    [InlineData("PatientName", "?*", "AB")]
    [InlineData("PatientSex", "M", "A")]
    [InlineData("PatientSex", "?", "ABC")]
    [InlineData("PatientBirthDate", "19700131", "ABC")]
    [InlineData("StudyDate", "20240115", "A")]
    [InlineData("StudyDate", "20240115-20240116", "AB")]
    [InlineData("StudyDate", "20240116-", "B")]
    [InlineData("StudyDate", "-20240115", "A")]
    [InlineData("StudyDate", "", "ABC")]
    [InlineData("StudyTime", "2230", "A")]
    [InlineData("StudyTime", "0800-223000", "AB")]
    [InlineData("StudyTime", "-0900", "B")]
    [InlineData("StudyTime", "090000.000", "B")]
    [InlineData("AccessionNumber", "ACC-1", "A")]
    [InlineData("AccessionNumber", "ACC_?", "B")]
    [InlineData("AccessionNumber", "ACC*", "AB")]
    [InlineData("AccessionNumber", @"ACC-1\ACC_2", "AB")]
    [InlineData("StudyID", @"A\C", "AC")]
    [InlineData("StudyDescription", "100%*", "C")]
    [InlineData("StudyDescription", "*_x*", "C")]
    [InlineData("StudyDescription", "*\"quoted\"", "C")]
    [InlineData("StudyDescription", "*_*_*", "")]
    [InlineData("ReferringPhysicianName", "roe^*", "ABC")]
    [InlineData("ModalitiesInStudy", "MR", "B")]
    [InlineData("ModalitiesInStudy", @"MR\US", "BC")]
    [InlineData("ModalitiesInStudy", "?S", "C")]
    [InlineData("SOPClassesInStudy", "1.2.840.10008.5.1.4.1.1.2", "ABC")]
    [InlineData("NumberOfStudyRelatedInstances", "1", "ABC")]
    [InlineData("NumberOfStudyRelatedSeries", "2", "")]
    [InlineData("InstanceAvailability", "ONLINE", "ABC")]
    [InlineData("InstanceAvailability", "OFFLINE", "")]
    // Not columns
    [InlineData("PatientComments", "Needs*", "A")]
    [InlineData("PatientComments", "needs*", "")]
    [InlineData("PatientWeight", "75.50", "A")]
    public async Task Run_StudyKey_FindsWhatMatches(string path, string value, string studies) =>
        Assert.Equal(studies, await FindAsync(QueryLevel.Study, (path, value)));

    [Theory]
    [InlineData("Modality", "CT", "A")]
    [InlineData("SeriesNumber", "1", "AB")]
    [InlineData("SeriesNumber", "001", "AB")]
    [InlineData("SeriesNumber", "1.5", "")]
    [InlineData("SeriesDescription", "Series*", "ABC")]
    [InlineData("RequestAttributesSequence.RequestedProcedureID", "R2", "B")]
    [InlineData("PatientName", "yamada*", "B")]
    [InlineData("StudyDate", "20240115", "A")]
    [InlineData("ModalitiesInStudy", "US", "C")]
    public async Task Run_SeriesKey_FindsWhatMatches(string path, string value, string studies) =>
        Assert.Equal(studies, await FindAsync(QueryLevel.Series, (path, value)));

    [Theory]
    [InlineData("Rows", "16", "A")]
    [InlineData("Columns", "16", "ABC")]
    [InlineData("InstanceNumber", "1", "ABC")]
    [InlineData("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2", "ABC")]
    [InlineData("AvailableTransferSyntaxUID", "1.2.840.10008.1.2.1", "ABC")]
    [InlineData("ContentDate", "-20240115", "A")]
    [InlineData("ContentTime", "0900", "B")]
    [InlineData("ImageType", "PRIMARY", "ABC")]
    [InlineData("ImageType", "AXI*", "BC")]
    [InlineData("AcquisitionDateTime", "20240115-", "A")]
    [InlineData("KVP", "120.0", "ABC")]
    [InlineData("PatientID", "P2", "B")]
    [InlineData("RequestAttributesSequence.ScheduledProcedureStepID", "S1", "B")]
    public async Task Run_InstanceKey_FindsWhatMatches(string path, string value, string studies) =>
        Assert.Equal(studies, await FindAsync(QueryLevel.Instance, (path, value)));

    [Fact]
    public async Task Run_KeysWithinOneSequence_HoldInOneItem()
    {
        const string Id = "RequestAttributesSequence.RequestedProcedureID", Step = "RequestAttributesSequence.ScheduledProcedureStepID";
        Assert.Equal("B", await FindAsync(QueryLevel.Series, (Id, "R1"), (Step, "S1")));
        Assert.Equal("", await FindAsync(QueryLevel.Series, (Id, "R1"), (Step, "S2")));
    }

    [Fact]
    public async Task Run_SeveralKeys_AllHold()
    {
        Assert.Equal("A", await FindAsync(QueryLevel.Study, ("StudyDate", "20240101-20241231"), ("PatientSex", "M"), ("AccessionNumber", "ACC*")));
        Assert.Equal("", await FindAsync(QueryLevel.Study, ("PatientID", "P1"), ("StudyDate", "20240116")));
        Assert.Equal("A", await FindAsync(QueryLevel.Study, ("PatientID", "P*"), ("PatientID", "*1")));
    }

    [Theory]
    [InlineData("20240115-20240116", "2300-0800", "")]
    [InlineData("20240115-20240116", "2200-0800", "A")]
    [InlineData("20240115-20240116", "2300-1000", "B")]
    [InlineData("20240116", "0800-1000", "B")]
    public async Task Run_CombinedDateTime_IsOneRange(string dates, string times, string studies)
    {
        var query = Query(QueryLevel.Study, ("StudyDate", dates), ("StudyTime", times), ("StudyID", "")) with { CombinedDateTime = true };
        Assert.Equal(studies, Ids(await archive.RunAsync(query)));
    }

    [Fact]
    public async Task Run_Fuzzy_FindsLikeNamesToo()
    {
        Assert.Equal("", await FindAsync(QueryLevel.Study, ("PatientName", "miller")));
        Assert.Equal("A", Ids(await archive.RunAsync(Query(QueryLevel.Study, ("PatientName", "mueller"), ("StudyID", "")) with { FuzzyMatching = true })));
        Assert.Equal("B", Ids(await archive.RunAsync(Query(QueryLevel.Study, ("PatientName", "yamata^taro"), ("StudyID", "")) with { FuzzyMatching = true })));
    }

    [Theory]
    [InlineData(QueryLevel.Study, "AccessionNumber", "C")]
    [InlineData(QueryLevel.Study, "StudyDate", "C")]
    [InlineData(QueryLevel.Study, "PatientName", "C")]
    [InlineData(QueryLevel.Study, "PatientComments", "BC")]
    [InlineData(QueryLevel.Study, "ModalitiesInStudy", "")]
    [InlineData(QueryLevel.Study, "SOPClassesInStudy", "")]
    [InlineData(QueryLevel.Study, "NumberOfStudyRelatedSeries", "")]
    [InlineData(QueryLevel.Study, "InstanceAvailability", "")]
    [InlineData(QueryLevel.Series, "SeriesNumber", "C")]
    [InlineData(QueryLevel.Series, "RequestAttributesSequence", "AC")]
    [InlineData(QueryLevel.Series, "RequestAttributesSequence.RequestedProcedureID", "AC")]
    [InlineData(QueryLevel.Series, "RequestAttributesSequence.AccessionNumber", "ABC")]
    [InlineData(QueryLevel.Instance, "AcquisitionDateTime", "BC")]
    public async Task Run_EmptyValue_FindsWhatHasNone(QueryLevel level, string path, string studies)
    {
        var query = Query(level, (path, "\"\""), ("StudyID", ""));
        Assert.Equal(studies, Ids(await archive.RunAsync(query with { EmptyValueMatching = true })));
    }

    [Theory]
    [InlineData("ImageType", @"ORIGINAL\PRIMARY", "ABC")]
    [InlineData("ImageType", @"ORIGINAL\AXIAL", "BC")]
    [InlineData("ImageType", @"ORIG*\*", "ABC")]
    [InlineData("SOPClassUID", @"1.2.3\1.2.840.10008.5.1.4.1.1.2", "ABC")]
    [InlineData("Modality", @"CT\MR", "AB")]
    [InlineData("StudyID", @"A\C", "AC")]
    [InlineData("InstanceNumber", @"1\2", "ABC")]
    public async Task Run_MultipleValues_AllHaveToMatch(string path, string value, string studies) =>
        Assert.Equal(studies, Ids(await archive.RunAsync(Query(QueryLevel.Instance, (path, value), ("StudyID", "")) with { MultipleValueMatching = true })));

    [Theory]
    [InlineData("'; DROP TABLE studies; --")]
    [InlineData("' OR '1'='1")]
    [InlineData("$1")]
    [InlineData("@p0")]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("{0}")]
    [InlineData("\u202E\u0007")]
    public async Task Run_HostileValue_FindsNothingAndHarmsNothing(string value)
    {
        foreach (var key in new[] { "PatientID", "PatientName", "StudyDescription", "ModalitiesInStudy", "StudyInstanceUID", "PatientComments" })
        {
            Assert.Equal("", await FindAsync(QueryLevel.Study, (key, value)));
            if (key != "StudyInstanceUID") await FindAsync(QueryLevel.Study, (key, value + "*"));
        }
        Assert.Equal("ABC", await FindAsync(QueryLevel.Study));
    }

    [Fact]
    public async Task Run_LongValues_FindNothing()
    {
        foreach (var key in new[] { "PatientID", "PatientName", "StudyDescription", "PatientComments" })
        {
            Assert.Equal("", await FindAsync(QueryLevel.Study, (key, new string('x', 10_000))));
            Assert.Equal("", await FindAsync(QueryLevel.Study, (key, string.Concat(Enumerable.Repeat("x*", 5_000)))));
        }
    }

    [Fact]
    public async Task Run_ThousandKeys_AreAllHeld()
    {
        var keys = Enumerable.Range(0, 1000).Select(i => ("PatientID", i == 999 ? "P1" : "P*")).ToArray();
        Assert.Equal("A", await FindAsync(QueryLevel.Study, keys));
        var uids = string.Join('\\', Enumerable.Range(0, 10_000).Select(i => $"1.2.{i}").Append(SampleObjects.UidOf(2, "study")));
        Assert.Equal("B", await FindAsync(QueryLevel.Study, ("StudyInstanceUID", uids)));
    }

    [Theory]
    [InlineData(QueryLevel.Study, "StudyDate", "tomorrow", QueryError.InvalidValue)]
    [InlineData(QueryLevel.Study, "PatientID", "a\0", QueryError.InvalidValue)]
    [InlineData(QueryLevel.Study, "Modality", "CT", QueryError.UnsupportedKey)]
    [InlineData(QueryLevel.Study, "KVP", "120", QueryError.UnsupportedKey)]
    [InlineData(QueryLevel.Patient, "StudyDate", "20240115", QueryError.UnsupportedKey)]
    public async Task Run_KeyThatCannotBeMatched_IsRefused(QueryLevel level, string path, string value, QueryError error) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<QueryException>(() => archive.RunAsync(Query(level, (path, value))))).Error);

    [Fact]
    public async Task Run_HalfASurrogatePair_IsRefused() =>
        // Not as inline data: the runner would replace it.
        Assert.Equal(QueryError.InvalidValue, (await Assert.ThrowsAsync<QueryException>(() => archive.RunAsync(Query(QueryLevel.Study, ("PatientName", "a\uD800"))))).Error);

    private async Task<string> FindAsync(QueryLevel level, params (string Path, string Value)[] keys) =>
        Ids(await archive.RunAsync(Query(level, [.. keys, ("StudyID", "")])));

    private static string Ids(IEnumerable<DicomDataset> answers) => string.Concat(answers.Select(a => a.GetString(Tags.StudyID)).Order(StringComparer.Ordinal));
}
