using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;
using Pacs.Storage.Queries.Matching;

namespace Pacs.Storage.Tests.Queries;

public sealed class DatasetMatcherTests
{
    [Theory]
    // Single value (PS3.4 §C.2.2.2.1)
    [InlineData("PatientID", "123", "123", true)]
    [InlineData("PatientID", "123", "1234", false)]
    [InlineData("PatientID", "abc", "ABC", false)]
    [InlineData("Modality", "CT", "CT", true)]
    [InlineData("Modality", "CT", "ct", false)]
    [InlineData("Modality", "CT", "", false)]
    [InlineData("SeriesNumber", "1", "01", true)]
    [InlineData("SeriesNumber", "+1", "1", true)]
    [InlineData("SeriesNumber", "1", "11", false)]
    [InlineData("SliceLocation", "1.50", "15e-1", true)]
    [InlineData("Rows", "512", "512", true)]
    [InlineData("Rows", "512", "51", false)]
    [InlineData("SelectorAttribute", "0010001f", "0010001F", true)]
    [InlineData("PatientAge", "045Y", "045Y", true)]
    // List of UIDs, list of values
    [InlineData("StudyInstanceUID", @"1.2\1.3", "1.3", true)]
    [InlineData("StudyInstanceUID", @"1.2\1.3", "1.4", false)]
    [InlineData("Modality", @"CT\MR", "MR", true)]
    [InlineData("ImageType", "AXIAL", @"ORIGINAL\PRIMARY\AXIAL", true)]
    [InlineData("ImageType", "PRIMARY", @"ORIGINAL\SECONDARY\AXIAL", false)]
    // Universal
    [InlineData("PatientID", "", "", true)]
    [InlineData("PatientID", "*", "", true)]
    [InlineData("StudyDate", "*", "", true)]
    [InlineData("PatientName", "*=*", "", true)]
    // Wildcards (PS3.4 §C.2.2.2.4)
    [InlineData("PatientID", "1*3", "12223", true)]
    [InlineData("PatientID", "1*3", "13", true)]
    [InlineData("PatientID", "1?3", "13", false)]
    [InlineData("PatientID", "1?3", "123", true)]
    [InlineData("PatientID", "?*", "", false)]
    [InlineData("PatientID", "%*", "%x", true)]
    [InlineData("PatientID", "%*", "xx", false)]
    [InlineData("PatientID", "a_*", "abc", false)]
    [InlineData("PatientID", "*a*b*", "xxaxxbxx", true)]
    [InlineData("PatientID", "*a*b*", "xxbxxaxx", false)]
    [InlineData("Modality", "?T", "CT", true)]
    [InlineData("Modality", "?t", "CT", false)]
    [InlineData("StudyDescription", "?", "😀", true)]
    [InlineData("StudyDescription", "a?b", "a😀b", true)]
    [InlineData("StudyInstanceUID", "1.2.*", "1.2.3", false)]
    [InlineData("ScheduledStationAETitle", "ARCH*", "ARCHIVE1", true)]
    [InlineData("ScheduledStationAETitle", "arch*", "ARCHIVE1", false)]
    [InlineData("StationName", "CT?", "CT1", true)]
    [InlineData("StudyDescription", "*Thor?x*", "CT Thorax", true)]
    [InlineData("PatientComments", "*help*", "Needs help, soon", true)]
    [InlineData("InstitutionAddress", "*Street*", "1, High Street", true)]
    [InlineData("LongCodeValue", "LONG*", "LONG-CODE", true)]
    [InlineData("URNCodeValue", "urn:*:1", "urn:x:1", true)]
    [InlineData("TextValue", "No*.", "No fracture.", true)]
    [InlineData("PatientAge", "0*Y", "045Y", false)]
    [InlineData("SOPClassUID", "1.2.840.*", "1.2.840.1", false)]
    // Person names
    [InlineData("PatientName", "DOE^JANE", "Doe^Jane", true)]
    [InlineData("PatientName", "doe^jane", "Doe^Jane^^", true)]
    [InlineData("PatientName", "muller*", "Müller^Jürgen", true)]
    [InlineData("PatientName", "MÜLLER^*", "Muller^Hans", true)]
    [InlineData("PatientName", "doe", "Doe^Jane", false)]
    [InlineData("PatientName", "*jane", "Doe^Jane", true)]
    [InlineData("PatientName", "yamada^tarou", "Yamada^Tarou=山田^太郎=やまだ^たろう", true)]
    [InlineData("PatientName", "山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう", true)]
    [InlineData("PatientName", "*郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", true)]
    [InlineData("PatientName", "yamada*=山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう", true)]
    [InlineData("PatientName", "yamada*=太*", "Yamada^Tarou=山田^太郎=やまだ^たろう", false)]
    [InlineData("PatientName", "=山田^太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", true)]
    [InlineData("PatientName", "=yamada*", "Yamada^Tarou=山田^太郎=やまだ^たろう", false)]
    [InlineData("PatientName", "y*郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", false)]
    // Dates, times (PS3.4 §C.2.2.2.5)
    [InlineData("StudyDate", "20240115", "20240115", true)]
    [InlineData("StudyDate", "20240115", "2024.01.15", true)]
    [InlineData("StudyDate", "20240101-20240131", "20240131", true)]
    [InlineData("StudyDate", "20240101-20240131", "20240201", false)]
    [InlineData("StudyDate", "-20240131", "19990101", true)]
    [InlineData("StudyDate", "-20240131", "", false)]
    [InlineData("StudyDate", "20240101-", "20231231", false)]
    [InlineData("StudyDate", "20240101-", "20250101", true)]
    [InlineData("StudyDate", "20240101-", "not a date", false)]
    [InlineData("StudyTime", "2230", "223000", true)]
    [InlineData("StudyTime", "223000", "2230", true)]
    [InlineData("StudyTime", "2230", "22:30:00", true)]
    [InlineData("StudyTime", "2230", "223001", false)]
    [InlineData("StudyTime", "1000-1200", "110000.123", true)]
    [InlineData("StudyTime", "1000-1200", "120000", true)]
    [InlineData("StudyTime", "1000-1200", "120001", false)]
    [InlineData("StudyTime", "-12", "", false)]
    [InlineData("AcquisitionDateTime", "202401", "20240131235959", true)]
    [InlineData("AcquisitionDateTime", "20240101-20240102", "20240102120000", true)]
    [InlineData("AcquisitionDateTime", "20240101120000+0200", "20240101100000+0000", true)]
    [InlineData("AcquisitionDateTime", "20240101120000-", "20240101115959", false)]
    public void Matches_KeyAgainstValue(string keyword, string key, string value, bool expected)
    {
        Assert.True(DataElementDictionary.TryParse(keyword, out var tag));
        var dataset = Utf8().Set(tag, value.Split('\\'));
        Assert.Equal(expected, Matches(dataset, Key(key, tag)));
    }

    [Fact]
    public void Matches_SequenceKeys_HoldInOneItem()
    {
        var dataset = new DicomDataset().Set(Tags.RequestAttributesSequence,
            new DicomDataset().Set(Tags.RequestedProcedureID, "1").Set(Tags.ScheduledProcedureStepID, "A"),
            new DicomDataset().Set(Tags.RequestedProcedureID, "2").Set(Tags.ScheduledProcedureStepID, "B"));
        Assert.True(Matches(dataset, Key("2", Tags.RequestAttributesSequence, Tags.RequestedProcedureID), Key("B", Tags.RequestAttributesSequence, Tags.ScheduledProcedureStepID)));
        Assert.False(Matches(dataset, Key("1", Tags.RequestAttributesSequence, Tags.RequestedProcedureID), Key("B", Tags.RequestAttributesSequence, Tags.ScheduledProcedureStepID)));
        Assert.True(Matches(dataset, Key("", Tags.RequestAttributesSequence, Tags.RequestedProcedureID)));
    }

    [Theory]
    // Keys by a clock at +0100; what is stored by its own clock, or, when it does not say, by that of the place: -0500.
    [InlineData("StudyDate", "20240115", "20240114", "233000", "+0000", true)]
    [InlineData("StudyDate", "20240114", "20240114", "233000", "+0000", false)]
    [InlineData("StudyDate", "20240115", "20240115", "233000", "+0000", false)]
    [InlineData("StudyDate", "20240115", "20240114", "190000", "", true)]
    [InlineData("StudyDate", "20240115", "20240114", "", "", true)]
    [InlineData("StudyDate", "20240115-", "20240114", "10", "", false)]
    [InlineData("StudyTime", "1200", "20240115", "110000", "+0000", true)]
    [InlineData("StudyTime", "1200", "20240115", "120000", "+0000", false)]
    [InlineData("StudyTime", "0000-0100", "20240114", "23:30:00", "+0000", true)]
    [InlineData("StudyTime", "1200-", "20240115", "", "+0000", false)]
    [InlineData("AcquisitionDateTime", "20240115120000", "20240115110000", "", "+0000", true)]
    [InlineData("AcquisitionDateTime", "20240115120000", "20240115120000+0100", "", "-0500", true)]
    [InlineData("AcquisitionDateTime", "20240115120000+0000", "20240115080000", "", "", false)]
    [InlineData("AcquisitionDateTime", "20240115120000+0000", "20240115070000", "", "", true)]
    public void Matches_ByAClock_IsOfTheSameMoment(string keyword, string key, string date, string time, string offset, bool expected)
    {
        Assert.True(DataElementDictionary.TryParse(keyword, out var tag));
        var dataset = new DicomDataset().Set(Tags.TimezoneOffsetFromUTC, offset);
        if (keyword == "AcquisitionDateTime") dataset.Set(tag, date);
        else dataset.Set(Tags.StudyDate, date).Set(Tags.StudyTime, time);
        var query = new QuerySpec(QueryLevel.Instance) { Keys = [Key(key, tag)], TimezoneOffset = TimeSpan.FromHours(1) };
        var place = TimeZoneInfo.CreateCustomTimeZone("place", TimeSpan.FromHours(-5), null, null);
        Assert.Equal(expected, DatasetMatcher.Matches(dataset, ConditionReader.Read(query), DatasetMatcher.ClockOf(dataset, place)));
    }

    [Theory]
    [InlineData("20240101-20240103", "1200-1000", "20240101", "1159", false)]
    [InlineData("20240101-20240103", "1200-1000", "20240101", "1200", true)]
    [InlineData("20240101-20240103", "1200-1000", "20240102", "0300", true)]
    [InlineData("20240101-20240103", "1200-1000", "20240102", "", true)]
    [InlineData("20240101-20240103", "1200-1000", "20240103", "", false)]
    [InlineData("20240101-20240103", "1200-1000", "20240103", "1001", false)]
    [InlineData("20240101-", "1200-", "20250101", "0100", true)]
    [InlineData("-20240101", "-1200", "20240101", "1300", false)]
    public void Matches_CombinedDateTime_IsOneRange(string dates, string times, string date, string time, bool expected)
    {
        var dataset = new DicomDataset().Set(Tags.StudyDate, date).Set(Tags.StudyTime, time);
        var query = new QuerySpec(QueryLevel.Study) { Keys = [Key(dates, Tags.StudyDate), Key(times, Tags.StudyTime)], CombinedDateTime = true };
        Assert.Equal(expected, DatasetMatcher.Matches(dataset, ConditionReader.Read(query)));
    }

    [Fact]
    public void Matches_DatesAndTimesNotCombined_AreApart()
    {
        var dataset = new DicomDataset().Set(Tags.StudyDate, "20240102").Set(Tags.StudyTime, "0300");
        Assert.False(Matches(dataset, Key("20240101-20240103", Tags.StudyDate), Key("1000-1200", Tags.StudyTime)));
    }

    [Theory]
    [InlineData("StudyDate", "2024")]
    [InlineData("StudyDate", "20240230")]
    [InlineData("StudyDate", "2024*")]
    [InlineData("StudyDate", "-")]
    [InlineData("StudyTime", "25")]
    [InlineData("AcquisitionDateTime", "yesterday")]
    [InlineData("SeriesNumber", "one")]
    [InlineData("SeriesNumber", "1*")]
    [InlineData("PatientID", "a\0b")]
    [InlineData("PixelData", "x")]
    [InlineData("RequestAttributesSequence", "x")]
    public void Read_InvalidValue_NamesTheElement(string keyword, string key)
    {
        Assert.True(DataElementDictionary.TryParse(keyword, out var tag));
        var fault = Assert.Throws<QueryException>(() => Matches(new DicomDataset(), Key(key, tag)));
        Assert.Equal((QueryError.InvalidValue, tag), (fault.Error, fault.OffendingElement!.Value));
    }

    [Theory]
    [InlineData("smyth^john", "Smith^John", true)]
    [InlineData("jonson", "Johnson^Jon", true)]
    [InlineData("smith", "Miller^Jack", false)]
    public void Matches_Fuzzy_FindsLikeNames(string key, string name, bool expected)
    {
        var query = new QuerySpec(QueryLevel.Patient) { Keys = [Key(key, Tags.PatientName)], FuzzyMatching = true };
        Assert.Equal(expected, DatasetMatcher.Matches(new DicomDataset().Set(Tags.PatientName, name), ConditionReader.Read(query)));
    }

    [Fact]
    public void IsMatch_HostilePattern_EndsSoon()
    {
        var pattern = new WildcardPattern(string.Concat(Enumerable.Repeat("*a", 5_000)) + "b");
        Assert.False(pattern.IsMatch(new string('a', 20_000)));
    }

    internal static MatchingKey Key(string value, params Tag[] path) =>
        new(new AttributePath(path), DataElementDictionary.VrOf(path[^1]), value.Split('\\'));

    private static bool Matches(DicomDataset dataset, params MatchingKey[] keys) =>
        DatasetMatcher.Matches(dataset, ConditionReader.Read(new QuerySpec(QueryLevel.Instance) { Keys = keys }));

    private static DicomDataset Utf8() => new DicomDataset().Set(SpecificCharacterSet.Tag, "ISO_IR 192");
}
