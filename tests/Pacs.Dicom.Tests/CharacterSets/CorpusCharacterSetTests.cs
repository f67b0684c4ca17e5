using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Primitives;
using CorpusFolder = Pacs.TestKit.Samples.Corpus;
using Xunit.Abstractions;

namespace Pacs.Dicom.Tests.CharacterSets;

public sealed class CorpusCharacterSetTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> PatientNames = new()
    {
        ["charsets/dcmfx_vr_2022.dcm"] = "Äneas^Rüdiger",
        ["charsets/fodicom_chrGB2312.dcm"] = "Zhang^XiaoDong=张^小东=",
        ["charsets/orthanc_Lena-arabic.dcm"] = "Test-ص",
        ["charsets/orthanc_Lena-cyrillic.dcm"] = "Test-Дћ",
        ["charsets/orthanc_Lena-greek.dcm"] = "Test-Θ",
        ["charsets/orthanc_Lena-hebrew.dcm"] = "Test-ד",
        ["charsets/orthanc_Lena-latin2.dcm"] = "Test-éüäö",
        ["charsets/orthanc_Lena-latin3.dcm"] = "Test-éüäöòĝİ",
        ["charsets/orthanc_Lena-latin4.dcm"] = "Test-éüäöķ",
        ["charsets/orthanc_Lena-utf8.dcm"] = "Test-éüäöòДΘĝדصķћ๛ﾈİ",
        ["charsets/orthanc_Lena-latin5.dcm"] = "Test-éüäöòİ",
        ["charsets/orthanc_Lena-shift-jis.dcm"] = "Test-ДΘﾈ",
        ["charsets/orthanc_Lena-tis-620.dcm"] = "Test-๛",
        ["charsets/orthanc_issue49-latin1.wl"] = "VANILLÉ^LAURA^^^Mme",
        ["charsets/pydicom_chrArab.dcm"] = "قباني^لنزار",
        ["charsets/pydicom_chrFren.dcm"] = "Buc^Jérôme",
        ["charsets/pydicom_chrGerm.dcm"] = "Äneas^Rüdiger",
        ["charsets/pydicom_chrGreek.dcm"] = "Διονυσιος",
        ["charsets/pydicom_chrH31.dcm"] = "Yamada^Tarou=山田^太郎=やまだ^たろう",
        ["charsets/pydicom_chrH32.dcm"] = "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
        ["charsets/pydicom_chrHbrw.dcm"] = "שרון^דבורה",
        ["charsets/pydicom_chrI2.dcm"] = "Hong^Gildong=洪^吉洞=홍^길동",
        ["charsets/pydicom_chrJapMulti.dcm"] = "やまだ^たろう",
        ["charsets/pydicom_chrJapMultiExplicitIR6.dcm"] = "やまだ^たろう",
        ["charsets/pydicom_chrKoreanMulti.dcm"] = "김희중",
        ["charsets/pydicom_chrRuss.dcm"] = "Люкceмбypг",
        ["charsets/pydicom_chrX1.dcm"] = "Wang^XiaoDong=王^小東=",
        ["charsets/pydicom_chrX2.dcm"] = "Wang^XiaoDong=王^小东=",
    };

    [Fact]
    public void GetString_PatientName_IsAsItsMakersMeantIt()
    {
        foreach (var file in CorpusFolder.Files(output.WriteLine, "charsets/"))
            if (PatientNames.TryGetValue(file.Path, out var name))
                Assert.Equal((file.Path, name), (file.Path, DicomFile.Open(file.FullPath).Dataset.GetString(Tags.PatientName)));
    }

    [Fact]
    public void Decode_EveryTextOfTheFolder_HasNoUndecodableCharacter()
    {
        foreach (var file in CorpusFolder.Files(output.WriteLine, "charsets/"))
            AllText(DicomFile.Open(file.FullPath).Dataset, text => Assert.False(text.Contains('\uFFFD'), $"{file}: {text}"));
    }

    private static void AllText(DicomDataset dataset, Action<string> check)
    {
        foreach (var element in dataset)
        {
            if (element is SequenceElement sequence)
            {
                foreach (var item in sequence.Items) AllText(item, check);
            }
            else if (element is ValueElement { Vr: var vr } && vr.UsesSpecificCharacterSet)
            {
                foreach (var text in dataset.GetStrings(element.Tag)) check(text);
            }
        }
    }
}
