using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;
using Pacs.Storage.Queries.Matching;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Queries;

/// <summary>What SQL finds is what the matcher finds, for generated objects and generated queries.</summary>
public sealed class QueryEngineAgreementTests(QueryEngineAgreementTests.Archive archive) : IClassFixture<QueryEngineAgreementTests.Archive>
{
    /// <summary>Attributes by level, with values that are near each other and to the edges of each kind of matching.</summary>
    private static readonly (QueryLevel Level, string Keyword, string[] Values)[] Attributes =
    [
        (QueryLevel.Patient, "PatientID", ["1", "01", "A%", "A_B", "AxB", "a", "A*", "", "日本", "é", "e\u0301"]),
        (QueryLevel.Patient, "PatientName", ["Doe^John", "DOE^JANE", "Doe", "Dö^Jörg", "Yamada^Tarou=山田^太郎=やまだ^たろう", "=山田^太郎", "", "O'Neil^Kate", "Smith-Jones^A B", "x=y=z", "Doe^John^^^"]),
        (QueryLevel.Patient, "PatientBirthDate", ["19700131", "19700201", "1970.01.31", "", "unknown"]),
        (QueryLevel.Patient, "PatientSex", ["M", "F", "O", ""]),
        (QueryLevel.Patient, "PatientComments", ["none", "None", "two words", ""]),
        (QueryLevel.Study, "StudyDate", ["20240228", "20240229", "20240301", "", "20241301"]),
        (QueryLevel.Study, "StudyTime", ["0000", "1200", "120000.5", "12:00:00", "235959.999999", "", "noon"]),
        (QueryLevel.Study, "AccessionNumber", ["A1", "A2", "a1", "A\u00e41", ""]),
        (QueryLevel.Study, "StudyDescription", ["Head", "head CT", "100%", "back", ""]),
        (QueryLevel.Study, "ReferringPhysicianName", ["Roe^Richard", "Røe^Rikard", ""]),
        (QueryLevel.Study, "TimezoneOffsetFromUTC", ["+0100", "-0530", "+1400", ""]),
        (QueryLevel.Study, "PatientWeight", ["75", "75.0", "7.5e1", "80", ""]),
        (QueryLevel.Study, "NameOfPhysiciansReadingStudy", [@"Roe^Richard\Doe^John", "Doe^Jane", ""]),
        (QueryLevel.Series, "Modality", ["CT", "MR", "OT"]),
        (QueryLevel.Series, "SeriesNumber", ["1", "01", "2", "-3", ""]),
        (QueryLevel.Series, "BodyPartExamined", ["HEAD", "HEADNECK", ""]),
        (QueryLevel.Series, "PerformedProcedureStepStartDate", ["20240229", ""]),
        (QueryLevel.Series, "PerformedProcedureStepStartTime", ["1200", "1201", ""]),
        (QueryLevel.Series, "OperatorsName", ["Doe^J", "doe^j", ""]),
        (QueryLevel.Instance, "InstanceNumber", ["1", "2", "10"]),
        (QueryLevel.Instance, "ContentDate", ["20240229", ""]),
        (QueryLevel.Instance, "ImageType", [@"ORIGINAL\PRIMARY", @"DERIVED\SECONDARY\AXIAL", ""]),
        (QueryLevel.Instance, "SliceLocation", ["1.5", "1.50", "-2", ""]),
        (QueryLevel.Instance, "AcquisitionDateTime", ["20240229120000+0100", "20240229110000", "2024", ""]),
    ];

    public sealed class Archive : QueryArchive
    {
        public Archive()
        {
            var random = new Random(7);
            for (var n = 0; n < 150; n++)
            {
                var number = n;
                var sample = SampleObjects.Ct(new SampleOptions
                {
                    Seed = 1000 + n,
                    CharacterSet = ["ISO_IR 192"],
                    Rows = 4,
                    Columns = 4,
                    Customize = dataset =>
                    {
                        foreach (var (_, keyword, values) in Attributes) dataset.Set(Tag(keyword), values[random.Next(values.Length)].Split('\\'));
                        // Makes each object a patient of its own.
                        dataset.Set(Tags.IssuerOfPatientID, $"I{number}");
                    },
                });
                Store(sample);
                Objects.Add(sample.Dataset);
            }
        }

        public List<DicomDataset> Objects { get; } = [];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Run_GeneratedQueries_FindWhatTheMatcherFinds(int seed)
    {
        var random = new Random(seed);
        for (var n = 0; n < 150; n++)
        {
            var query = Generate(random);
            var conditions = ConditionReader.Read(query);
            var expected = archive.Objects.Where(o => DatasetMatcher.Matches(o, conditions, DatasetMatcher.ClockOf(o, TimeZoneInfo.Local))).Select(o => o.GetString(Tags.IssuerOfPatientID)!).Order(StringComparer.Ordinal);
            var found = (await archive.RunAsync(query)).Select(a => a.GetString(Tags.IssuerOfPatientID)!).Order(StringComparer.Ordinal);
            var text = $"{query.Level} {(query.FuzzyMatching ? "fuzzy " : "")}{(query.CombinedDateTime ? "combined " : "")}{(query.MultipleValueMatching ? "all " : "")}{query.TimezoneOffset}{string.Join(", ", query.Keys.Select(k => $"{DataElementDictionary.KeywordOf(k.Path.Attribute)}={string.Join('\\', k.Values)}"))}";
            Assert.True(expected.SequenceEqual(found), $"{text}: expected {string.Join(' ', expected)}; found {string.Join(' ', found)}");
        }
    }

    private static QuerySpec Generate(Random random)
    {
        var level = (QueryLevel)random.Next(4);
        var attributes = Attributes.Where(a => a.Level <= level).ToArray();
        return new QuerySpec(level)
        {
            Keys = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => GenerateKey(random, attributes[random.Next(attributes.Length)]))],
            Return = [new AttributePath(Tags.IssuerOfPatientID)],
            FuzzyMatching = random.Next(5) == 0,
            CombinedDateTime = random.Next(2) == 0,
            EmptyValueMatching = true,
            MultipleValueMatching = random.Next(2) == 0,
            TimezoneOffset = random.Next(3) == 0 ? TimeSpan.FromHours(random.Next(-12, 15)) : null,
        };
    }

    private static MatchingKey GenerateKey(Random random, (QueryLevel Level, string Keyword, string[] Values) attribute)
    {
        var tag = Tag(attribute.Keyword);
        var vr = DataElementDictionary.VrOf(tag);
        if (random.Next(6) == 0) return new MatchingKey(new AttributePath(tag), vr, ["\"\""]);
        var values = Enumerable.Range(0, random.Next(4) == 0 ? 2 : 1).Select(_ => Value()).ToList();
        return new MatchingKey(new AttributePath(tag), vr, values);

        string Value()
        {
            var value = attribute.Values[random.Next(attribute.Values.Length)].Split('\\')[0];
            return vr switch
            {
                Vr.DA or Vr.TM or Vr.DT => Valid(value) is { } first ? random.Next(4) switch { 0 => first + "-", 1 => "-" + first, 2 => Range(first), _ => first } : "",
                Vr.IS or Vr.DS or Vr.US => value,
                _ => random.Next(2) == 0 ? value : Wild(value),
            };
        }

        string Range(string first) => Valid(attribute.Values[random.Next(attribute.Values.Length)]) is { } second ? $"{first}-{second}" : first;

        string? Valid(string value) => vr switch
        {
            Vr.DA => DicomDate.TryParse(value, out _) ? value : null,
            Vr.TM => DicomTime.TryParse(value, out _) ? value : null,
            _ => DicomDateTime.TryParse(value, out _) ? value : null,
        };

        string Wild(string value)
        {
            if (value.Length == 0) return "*";
            var at = random.Next(value.Length);
            return random.Next(5) switch { 0 => value[..at] + "*", 1 => "*" + value[at..], 2 => value[..at] + "?" + value[(at + 1)..], 3 => "*" + value[at] + "*", _ => value.ToUpperInvariant() };
        }
    }

    private static Tag Tag(string keyword) => DataElementDictionary.TryParse(keyword, out var tag) ? tag : throw new ArgumentException(keyword, nameof(keyword));
}
