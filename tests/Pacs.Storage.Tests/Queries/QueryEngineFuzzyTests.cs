using Pacs.Storage.Queries;
using Pacs.TestKit.Samples;
using static Pacs.Storage.Tests.Queries.QueryArchive;

namespace Pacs.Storage.Tests.Queries;

/// <summary>Fuzzy matching of names in the scripts of the world: SQL narrows by the trigrams of pg_trgm, the matcher decides.</summary>
public sealed class QueryEngineFuzzyTests(QueryEngineFuzzyTests.Archive archive) : IClassFixture<QueryEngineFuzzyTests.Archive>
{
    public sealed class Archive : QueryArchive
    {
        private static readonly (string Id, string Name)[] Names =
        [
            ("German", "Müller-Lüdenscheid^Jürgen"), ("English", "Johnson^Catherine"), ("Polish", "Wałęsa^Łukasz"), ("Turkish", "Yıldırım^İbrahim"),
            ("Russian", "Достоевский^Фёдор"), ("Greek", "Παπαδόπουλος^Γεώργιος"), ("Arabic", "الخوارزمي^محمد"), ("Hebrew", "אברהמוביץ^שמואל"),
            ("Korean", "Hong^Gildong=洪^吉洞=홍길동전^길동"), ("Japanese", "Watanabe^Shintaro=渡邊真一^太郎左衛門=わたなべ^しんたろう"), ("Hindi", "श्रीवास्तव^राजेन्द्र"),
            ("Thai", "ชินวัตร^ประยุทธ์"), ("Chinese", "=欧阳修文^清华"),
        ];

        public Archive()
        {
            foreach (var (id, name) in Names)
                Store(SampleObjects.Ct(SampleOptions.Fresh() with { CharacterSet = ["ISO_IR 192"], PatientName = name, Rows = 4, Columns = 4, Customize = d => d.Set(Pacs.Dicom.Dictionaries.Tags.StudyID, id) }));
        }
    }

    [Theory]
    [InlineData("Mueller-Luedenscheid", "German")]
    [InlineData("Ludenscheidt", "German")]
    [InlineData("Jonson^Katherine", "English")]
    [InlineData("walesa^lukas", "Polish")]
    [InlineData("yildirin", "Turkish")]
    [InlineData("Достаевский", "Russian")]
    [InlineData("ДОСТОЕВСКАЯ^ФЕДОР", "Russian")]
    [InlineData("Παπαδοπουλου", "Greek")]
    [InlineData("الخوارزمية", "Arabic")]
    [InlineData("אברהמוביץ׳", "Hebrew")]
    [InlineData("אברמוביץ", "Hebrew")]
    [InlineData("홍길동", "Korean")]
    [InlineData("渡邊真", "Japanese")]
    [InlineData("わたなべえ", "Japanese")]
    [InlineData("श्रीवास्तवा", "Hindi")]
    [InlineData("ชินวัต", "Thai")]
    [InlineData("欧阳修", "Chinese")]
    [InlineData("Nobody^Likethis", "")]
    [InlineData("Ломоносов", "")]
    [InlineData("佐藤", "")]
    public async Task Run_FuzzyName_FindsWhatIsAlikeInAnyScript(string key, string found)
    {
        var answers = await archive.RunAsync(Query(QueryLevel.Study, ("PatientName", key), ("StudyID", "")) with { FuzzyMatching = true });
        Assert.Equal(found, string.Join(' ', answers.Select(a => a.GetString(Pacs.Dicom.Dictionaries.Tags.StudyID))));
    }
}
