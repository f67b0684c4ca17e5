using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;
using Pacs.TestKit.Samples;
using static Pacs.Storage.Tests.Queries.QueryArchive;

namespace Pacs.Storage.Tests.Queries;

/// <summary>What answers hold, and how they are paged.</summary>
public sealed class QueryEngineAnswerTests(QueryEngineAnswerTests.Archive archive) : IClassFixture<QueryEngineAnswerTests.Archive>
{
    public sealed class Archive : QueryArchive
    {
        /// <summary>In the order of answers: newest first.</summary>
        public List<string> Studies { get; } = [];

        public Archive()
        {
            for (var study = 1; study <= 7; study++)
            {
                foreach (var sample in SampleObjects.Study(2, 3, new SampleOptions
                {
                    Seed = study,
                    StudyInstanceUid = $"1.2.{study}",
                    PatientId = "P",
                    PatientName = "Müller^Jürgen",
                    Rows = 4,
                    Columns = 4,
                    Customize = d => d.Set(Tags.RequestAttributesSequence,
                        new DicomDataset().Set(Tags.RequestedProcedureID, "R").Set(Tags.ScheduledProcedureStepID, "S").Set(Tags.RequestedProcedureDescription, "Kopf")),
                })) Store(sample);
                Studies.Insert(0, $"1.2.{study}");
            }
        }
    }

    [Fact]
    public async Task Run_Study_TellsWhatIsAskedAndKnownInUtf8()
    {
        var answer = Assert.Single(await archive.RunAsync(new QuerySpec(QueryLevel.Study)
        {
            Keys = [Key("StudyInstanceUID", "1.2.1")],
            Return = Paths(Tags.PatientName, Tags.StudyDate, Tags.ModalitiesInStudy, Tags.NumberOfStudyRelatedSeries, Tags.NumberOfStudyRelatedInstances,
                Tags.NumberOfPatientRelatedStudies, Tags.InstanceAvailability, Tags.PatientComments, Tags.ProcedureCodeSequence, Tags.SliceThickness, Tags.SOPInstanceUID),
        }));
        Assert.Same(SpecificCharacterSet.Utf8, answer.CharacterSet);
        Assert.Equal("Müller^Jürgen", answer.GetString(Tags.PatientName));
        Assert.Equal("20260115", answer.GetString(Tags.StudyDate));
        Assert.Equal(["CT"], answer.GetStrings(Tags.ModalitiesInStudy));
        Assert.Equal((2, 6, 7), (answer.GetInteger(Tags.NumberOfStudyRelatedSeries), answer.GetInteger(Tags.NumberOfStudyRelatedInstances), answer.GetInteger(Tags.NumberOfPatientRelatedStudies)));
        Assert.Equal("ONLINE", answer.GetString(Tags.InstanceAvailability));
        Assert.Equal(("P", "1.2.1"), (answer.GetString(Tags.PatientID), answer.GetString(Tags.StudyInstanceUID)));
        foreach (var unknown in new[] { Tags.PatientComments, Tags.SliceThickness, Tags.SOPInstanceUID }) Assert.True(answer[unknown] is ValueElement { Value.IsEmpty: true });
        Assert.True(answer[Tags.ProcedureCodeSequence] is SequenceElement { Items.Count: 0 });
        Assert.False(answer.Contains(Tags.StudyDescription));
    }

    [Fact]
    public async Task Run_Instance_TellsHeaderAttributesInUtf8()
    {
        var answer = (await archive.RunAsync(new QuerySpec(QueryLevel.Instance)
        {
            Keys = [Key("StudyInstanceUID", "1.2.1")],
            Return = Paths(Tags.InstanceNumber, Tags.Rows, Tags.ImageType, Tags.PixelSpacing, Tags.PixelData, Tags.PatientName),
        }))[0];
        Assert.Equal((1, 4), (answer.GetInteger(Tags.InstanceNumber), answer.GetInteger(Tags.Rows)));
        Assert.Equal(["ORIGINAL", "PRIMARY", "AXIAL"], answer.GetStrings(Tags.ImageType));
        Assert.Equal("Müller^Jürgen", answer.GetString(Tags.PatientName));
        Assert.True(answer[Tags.PixelData] is ValueElement { Value.IsEmpty: true });
        foreach (var key in new[] { Tags.PatientID, Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID }) Assert.NotNull(answer.GetString(key));
    }

    [Fact]
    public async Task Run_NestedReturn_PrunesItems()
    {
        var answer = (await archive.RunAsync(new QuerySpec(QueryLevel.Series)
        {
            Keys = [Key("RequestAttributesSequence.RequestedProcedureID", "R")],
            Return = [new(Tags.RequestAttributesSequence, Tags.RequestedProcedureID), new(Tags.RequestAttributesSequence, Tags.AccessionNumber)],
            Limit = 1,
        }))[0];
        var item = Assert.Single(answer.GetItems(Tags.RequestAttributesSequence));
        Assert.Equal(2, item.Count);
        Assert.Equal("R", item.GetString(Tags.RequestedProcedureID));
        Assert.True(item[Tags.AccessionNumber] is ValueElement { Value.IsEmpty: true });
    }

    [Theory]
    [InlineData(QueryLevel.Patient)]
    [InlineData(QueryLevel.Study)]
    [InlineData(QueryLevel.Series)]
    [InlineData(QueryLevel.Instance)]
    public async Task Run_ReturnAll_TellsAllOfTheLevelAndAbove(QueryLevel level)
    {
        var answer = (await archive.RunAsync(new QuerySpec(level) { ReturnAll = true, Limit = 1 }))[0];
        Assert.Equal("Müller^Jürgen", answer.GetString(Tags.PatientName));
        Assert.Equal("7", answer.GetString(Tags.NumberOfPatientRelatedStudies));
        Assert.Equal(level >= QueryLevel.Study, answer.Contains(Tags.StudyDescription));
        Assert.Equal(level >= QueryLevel.Series, answer.Contains(Tags.SeriesDescription));
        Assert.Equal(level >= QueryLevel.Instance, answer.Contains(Tags.KVP));
        Assert.False(answer.Contains(Tags.PixelData));
    }

    [Fact]
    public async Task Run_Studies_ComeNewestFirst() =>
        Assert.Equal(archive.Studies, (await archive.RunAsync(new QuerySpec(QueryLevel.Study))).Select(a => UniqueKey(QueryLevel.Study, a)));

    [Fact]
    public async Task Run_SeriesAndInstances_ComeByNumberWithinTheStudy()
    {
        var instances = await archive.RunAsync(new QuerySpec(QueryLevel.Instance) { Return = Paths(Tags.SeriesNumber, Tags.InstanceNumber) });
        var expected = from study in archive.Studies from series in new long[] { 1, 2 } from instance in new long[] { 1, 2, 3 } select (study, series, instance);
        Assert.Equal(expected, instances.Select(a => (a.GetString(Tags.StudyInstanceUID)!, a.GetInteger(Tags.SeriesNumber)!.Value, a.GetInteger(Tags.InstanceNumber)!.Value)));
    }

    [Theory]
    [InlineData(QueryLevel.Study, "PatientID", "P", 7)]
    [InlineData(QueryLevel.Series, "PatientID", "P", 14)]
    [InlineData(QueryLevel.Instance, "PatientID", "P", 42)]
    [InlineData(QueryLevel.Instance, "KVP", "120", 42)]
    public async Task Run_LimitAndOffset_CutOneOrder(QueryLevel level, string path, string value, int count)
    {
        var query = Query(level, (path, value));
        var all = (await archive.RunAsync(query)).ConvertAll(a => UniqueKey(level, a));
        Assert.Equal(count, all.Distinct().Count());
        foreach (var (offset, limit) in new[] { (0, 3), (3, 3), (count - 1, 5), (count, 5), (0, 0), (1000, 1) })
            Assert.Equal(all.Skip(offset).Take(limit), (await archive.RunAsync(query with { Offset = offset, Limit = limit })).Select(a => UniqueKey(level, a)));
    }

    [Fact]
    public async Task Run_Cancelled_Ends()
    {
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in archive.Engine.RunAsync(new QuerySpec(QueryLevel.Instance), cancellation.Token)) await cancellation.CancelAsync();
            cancellation.Token.ThrowIfCancellationRequested();
        });
    }

    private static AttributePath[] Paths(params Tag[] tags) => [.. tags.Select(t => new AttributePath(t))];
}
