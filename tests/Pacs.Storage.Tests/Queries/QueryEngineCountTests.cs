using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Queries;
using Pacs.TestKit.Samples;
using static Pacs.Storage.Tests.Queries.QueryArchive;

namespace Pacs.Storage.Tests.Queries;

/// <summary>Counting what is behind a page: exact up to the ceiling, and bounded whatever is asked.</summary>
public sealed class QueryEngineCountTests(QueryEngineCountTests.Archive archive) : IClassFixture<QueryEngineCountTests.Archive>
{
    private const int Studies = 6_000;

    public sealed class Archive : QueryArchive
    {
        public Archive() => SyntheticIndex.FillAsync(DataSource, Studies).GetAwaiter().GetResult();
    }

    [Theory]
    [InlineData(QueryLevel.Study, 0, 10_000, Studies, true)]
    [InlineData(QueryLevel.Study, 5_990, 100, 10, true)]
    [InlineData(QueryLevel.Study, 5_900, 100, 100, true)]
    [InlineData(QueryLevel.Study, 5_899, 100, 100, false)]
    [InlineData(QueryLevel.Study, 7_000, 100, 0, true)]
    [InlineData(QueryLevel.Study, 0, 0, 0, false)]
    [InlineData(QueryLevel.Series, 0, 100_000, 2 * Studies, true)]
    [InlineData(QueryLevel.Instance, 11_990, 100, 10, true)]
    [InlineData(QueryLevel.Patient, 0, 100, 100, false)]
    public async Task Count_OfAll_IsExactUpToTheCeiling(QueryLevel level, int offset, int ceiling, int number, bool exact) =>
        Assert.Equal(new MatchCount(number, exact), await archive.Engine.CountAsync(Query(level) with { Offset = offset, Limit = 3 }, ceiling, CancellationToken.None));

    [Theory]
    [InlineData("ModalitiesInStudy", SyntheticIndex.RareModality)]
    [InlineData("StudyDate", "20150101-20150131")]
    [InlineData("PatientName", "s*")]
    // What only the attributes of each candidate tell.
    [InlineData("Allergies", "\"\"")]
    [InlineData("StudyDescription", "\"\"")]
    public async Task Count_OfAKey_IsThatOfItsMatches(string keyword, string value)
    {
        var query = Query(QueryLevel.Study, (keyword, value)) with { EmptyValueMatching = true };
        var matches = await archive.RunAsync(query);
        Assert.Equal(new MatchCount(matches.Count, true), await archive.Engine.CountAsync(query, Studies, CancellationToken.None));
    }

    [Fact]
    public async Task Count_FewOfManyMatch_LooksAtSomeAndSaysSo()
    {
        // Every study has to be looked at, and none matches.
        var count = await archive.Engine.CountAsync(Query(QueryLevel.Study, ("PatientComments", "none")), 10, CancellationToken.None);
        Assert.Equal(new MatchCount(0, false), count);
    }

    [Fact]
    public async Task Count_TimeIsUp_SaysSo()
    {
        using var impatient = archive.StartAnother(("Pacs:Queries:TimeBudgetSeconds", "0.000001"));
        Assert.Equal(new MatchCount(0, false), await impatient.Get<QueryEngine>().CountAsync(Query(QueryLevel.Study), 10, CancellationToken.None));
    }

    [Fact]
    public async Task Count_KeyOfALowerLevel_IsRefused()
    {
        var fault = await Assert.ThrowsAsync<QueryException>(() => archive.Engine.CountAsync(Query(QueryLevel.Study, ("InstanceNumber", "1")), 10, CancellationToken.None));
        Assert.Equal((QueryError.UnsupportedKey, Tags.InstanceNumber), (fault.Error, fault.OffendingElement!.Value));
    }
}
