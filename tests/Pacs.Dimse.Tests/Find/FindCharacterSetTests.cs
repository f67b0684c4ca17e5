using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Find;

/// <summary>Identifiers are read in their own character set and answered in it where it can carry the values, in UTF-8 where it cannot.</summary>
public sealed class FindCharacterSetTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const string Utf8 = "ISO_IR 192";
    private const string Japanese = @"\ISO 2022 IR 87", Korean = @"\ISO 2022 IR 149";

    public static TheoryData<string, string, string> Stored => new()
    {
        { "ISO_IR 100", "Müller^Jörg", "mul?er^*" },
        { "ISO_IR 144", "Люкceмбypг^Иван", "Люк*" },
        { "ISO_IR 126", "Διονυσιος^Νικος", "διο*" },
        { Japanese, "Yamada^Tarou=山田^太郎=やまだ^たろう", "*=山田^*" },
        { Korean, "Hong^Gildong=洪^吉洞=홍^길동", "*=洪^吉洞=홍*" },
        { "GB18030", "Wang^XiaoDong=王^小东", "=王^小?" },
        { Utf8, "Wang^XiaoDong=王^小東=Ħĕllö", "*=王*" },
    };

    [Theory]
    [MemberData(nameof(Stored))]
    public void Find_InTheCharacterSetOfTheObject_MatchesAndAnswersInIt(string characterSet, string name, string pattern)
    {
        var study = Store(characterSet, name);
        foreach (var key in new[] { name, pattern })
        {
            var match = Assert.Single(server.Find(Identifier(characterSet).Set(Tags.StudyInstanceUID, study).Set(Tags.PatientName, key)));
            Assert.Equal((characterSet, name), (CharacterSetOf(match), match.GetString(Tags.PatientName)));
        }
        Assert.Empty(server.Find(Identifier(characterSet).Set(Tags.StudyInstanceUID, study).Set(Tags.PatientName, "X" + name)));
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void Find_InUtf8_MatchesWhatIsStoredInAnother(string characterSet, string name, string pattern)
    {
        var study = Store(characterSet, name);
        var match = Assert.Single(server.Find(Identifier(Utf8).Set(Tags.StudyInstanceUID, study).Set(Tags.PatientName, pattern)));
        Assert.Equal((Utf8, name), (CharacterSetOf(match), match.GetString(Tags.PatientName)));
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void Find_WithoutCharacterSet_AnswersInUtf8(string characterSet, string name, string _)
    {
        var study = Store(characterSet, name);
        var match = Assert.Single(server.Find(Identifier(null).Set(Tags.StudyInstanceUID, study).Set(Tags.PatientName, "")));
        Assert.Equal((Utf8, name), (CharacterSetOf(match), match.GetString(Tags.PatientName)));
    }

    [Theory]
    // The requester's set has the characters of another one too, or it has not.
    [InlineData(Japanese, "Ωμεγα^Αλφα", "ISO_IR 126", Japanese)]
    [InlineData("GB18030", "Yamada^Tarou=山田^太郎=やまだ^たろう", Japanese, "GB18030")]
    [InlineData("ISO_IR 100", "Yamada^Tarou=山田^太郎=やまだ^たろう", Japanese, Utf8)]
    [InlineData("ISO_IR 144", "Müller^Jörg", "ISO_IR 100", Utf8)]
    [InlineData("ISO_IR 999", "Müller^Jörg", "ISO_IR 100", Utf8)]
    public void Find_InAnotherCharacterSet_IsAnsweredInItIfItCanCarryTheName(string requested, string name, string stored, string answered)
    {
        var study = Store(stored, name);
        var match = Assert.Single(server.Find(Identifier(requested).Set(Tags.StudyInstanceUID, study).Set(Tags.PatientName, "")));
        Assert.Equal((answered, name), (CharacterSetOf(match), match.GetString(Tags.PatientName)));
    }

    [Theory]
    [InlineData("ISO_IR 100")]
    [InlineData(Japanese)]
    [InlineData(Utf8)]
    [InlineData(null)]
    public void Find_NothingBeyondAsciiAskedFor_SaysNoCharacterSet(string? characterSet)
    {
        var study = Store("ISO_IR 100", "Müller^Jörg");
        var match = Assert.Single(server.Find(Identifier(characterSet).Set(Tags.StudyInstanceUID, study).Set(Tags.StudyDescription, "")));
        Assert.False(match.Contains(Tags.SpecificCharacterSet));
    }

    [Fact]
    public void Find_TextInItemsBeyondAscii_IsInTheAnswersCharacterSet()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with
        {
            CharacterSet = [Utf8],
            Customize = d => d.Set(Tags.ProcedureCodeSequence, Item(d).Set(Tags.CodeValue, "1").Set(Tags.CodeMeaning, "Schädel")),
        });
        server.Store(sample);
        var identifier = Identifier("ISO_IR 100").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid);
        identifier.Set(Tags.ProcedureCodeSequence, Item(identifier).Set(Tags.CodeMeaning, "Sch*del"));
        var match = Assert.Single(server.Find(identifier));
        Assert.Equal("ISO_IR 100", CharacterSetOf(match));
        Assert.Equal("Schädel", Assert.Single(match.GetItems(Tags.ProcedureCodeSequence)).GetString(Tags.CodeMeaning));

        // An item's text is encoded when it is set: in the character set of the data set that it is going to be part of.
        static DicomDataset Item(DicomDataset parent)
        {
            var item = new DicomDataset();
            parent.Set(Tags.ProcedureCodeSequence, item);
            return item;
        }
    }

    private string Store(string characterSet, string name)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { CharacterSet = characterSet.Split('\\'), PatientName = name, Rows = 8, Columns = 8 });
        server.Store(sample);
        return sample.StudyInstanceUid;
    }

    private static DicomDataset Identifier(string? characterSet)
    {
        var identifier = new DicomDataset();
        if (characterSet is not null) identifier.Set(Tags.SpecificCharacterSet, Vr.CS, characterSet.Split('\\'));
        return identifier.Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY");
    }

    private static string CharacterSetOf(DicomDataset match) => string.Join('\\', match.GetStrings(Tags.SpecificCharacterSet));
}
