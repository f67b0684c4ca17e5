using System.Buffers;
using System.Text;
using System.Text.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Json;

public sealed class DicomJsonWriteTests
{
    [Theory]
    [InlineData(Vr.LO, "bar\\foo", """["bar","foo"]""")]
    [InlineData(Vr.LO, "\\bar", """[null,"bar"]""")]
    [InlineData(Vr.LO, "bar\\\\foo\\", """["bar",null,"foo",null]""")]
    [InlineData(Vr.LO, " bar ", """["bar"]""")]
    [InlineData(Vr.LO, "say \"a\"", """["say \"a\""]""")]
    [InlineData(Vr.LT, " a\\b\r\nc\t\u0001", """[" a\\b\r\nc\t\u0001"]""")]
    [InlineData(Vr.UT, "C:\\x ", """["C:\\x"]""")]
    [InlineData(Vr.UC, " a\\b ", """[" a","b"]""")]
    [InlineData(Vr.UI, "1.2.3\0", """["1.2.3"]""")]
    [InlineData(Vr.AE, " PACS", """["PACS"]""")]
    [InlineData(Vr.IS, "1\\-2\\+3\\007\\ 5 ", "[1,-2,3,7,5]")]
    [InlineData(Vr.IS, "1.5\\x\\-\\99999999999999999999", """["1.5","x","-","99999999999999999999"]""")]
    [InlineData(Vr.DS, "1.50\\-.5\\5.\\+1\\1e5\\1E-05\\00.1\\-0", "[1.50,-0.5,5,1,1E5,1E-05,0.1,-0]")]
    [InlineData(Vr.DS, "\\NaN\\1,5\\1e\\.", """[null,"NaN","1,5","1e","."]""")]
    [InlineData(Vr.PN, "Doe^Jane", """[{"Alphabetic":"Doe^Jane"}]""")]
    [InlineData(Vr.PN, "Doe^Jane^^\\=B\\A==C\\\\=\\^^=^", """[{"Alphabetic":"Doe^Jane^^"},{"Ideographic":"B"},{"Alphabetic":"A","Phonetic":"C"},null,null,null]""")]
    public void Write_Text_IsValues(Vr vr, string text, string json) =>
        Assert.Equal($$$"""{"00091010":{"vr":"{{{vr}}}","Value":{{{json}}}}}""", Write(new DicomDataset().Set(new ValueElement(new Tag(0x00091010), vr, Encoding.ASCII.GetBytes(text)))));

    [Theory]
    [InlineData(Vr.US, "65535\\0", "[65535,0]")]
    [InlineData(Vr.SS, "-32768", "[-32768]")]
    [InlineData(Vr.UL, "4294967295", "[4294967295]")]
    [InlineData(Vr.SL, "-2147483648", "[-2147483648]")]
    [InlineData(Vr.SV, "9007199254740991\\-9007199254740992", """[9007199254740991,"-9007199254740992"]""")]
    [InlineData(Vr.UV, "18446744073709551615", """["18446744073709551615"]""")]
    [InlineData(Vr.FL, "0.1\\1E+20\\-0", "[0.1,1E+20,-0]")]
    [InlineData(Vr.FD, "0.1\\NaN\\Infinity\\-Infinity", """[0.1,"NaN","Infinity","-Infinity"]""")]
    [InlineData(Vr.AT, "00100020\\7FE00010", """["00100020","7FE00010"]""")]
    public void Write_Numbers_AreValues(Vr vr, string text, string json) =>
        Assert.Equal($$$"""{"00091010":{"vr":"{{{vr}}}","Value":{{{json}}}}}""", Write(new DicomDataset().Set(new Tag(0x00091010), vr, text.Split('\\'))));

    [Theory]
    [InlineData(Vr.OB)]
    [InlineData(Vr.OW)]
    [InlineData(Vr.OD)]
    [InlineData(Vr.OF)]
    [InlineData(Vr.OL)]
    [InlineData(Vr.OV)]
    [InlineData(Vr.UN)]
    public void Write_Binary_IsInline(Vr vr) =>
        Assert.Equal($$$"""{"00091010":{"vr":"{{{vr}}}","InlineBinary":"AQIDBA=="}}""", Write(new DicomDataset().Set(new ValueElement(new Tag(0x00091010), vr, new byte[] { 1, 2, 3, 4 }))));

    [Theory]
    [InlineData("^^^^")]
    [InlineData("=^ =")]
    public void Write_NameOfSeparatorsAlone_HasNoValue(string name) =>
        Assert.Equal("""{"00091010":{"vr":"PN"}}""", Write(new DicomDataset().Set(new ValueElement(new Tag(0x00091010), Vr.PN, Encoding.ASCII.GetBytes(name)))));

    [Fact]
    public void Write_LongBinary_IsWhole()
    {
        var bytes = new byte[50_000];
        new Random(1).NextBytes(bytes);
        using var json = JsonDocument.Parse(Write(new DicomDataset().Set(new ValueElement(Tags.PixelData, Vr.OB, bytes))));
        Assert.Equal(bytes, json.RootElement.GetProperty("7FE00010").GetProperty("InlineBinary").GetBytesFromBase64());
    }

    [Theory]
    [InlineData(Vr.LO)]
    [InlineData(Vr.PN)]
    [InlineData(Vr.US)]
    [InlineData(Vr.OB)]
    [InlineData(Vr.UN)]
    public void Write_Empty_HasNoValue(Vr vr) =>
        Assert.Equal($$$"""{"00091010":{"vr":"{{{vr}}}"}}""", Write(new DicomDataset().Set(new ValueElement(new Tag(0x00091010), vr, default))));

    [Fact]
    public void Write_OnlyPadding_HasNoValue() =>
        Assert.Equal("""{"00100020":{"vr":"LO"}}""", Write(new DicomDataset().Set(new ValueElement(Tags.PatientID, Vr.LO, "  "u8.ToArray()))));

    [Fact]
    public void Write_UnknownVr_IsUn() =>
        Assert.Equal("""{"00091010":{"vr":"UN","InlineBinary":"AQI="}}""", Write(new DicomDataset().Set(new ValueElement(new Tag(0x00091010), (Vr)0x3F3F, new byte[] { 1, 2 }))));

    [Fact]
    public void Write_Sequence_IsObjects()
    {
        var dataset = new DicomDataset().Set(new SequenceElement(Tags.OtherPatientIDsSequence, [new DicomDataset().Set(Tags.PatientID, Vr.LO, "A"), new DicomDataset()]));
        Assert.Equal("""{"00101002":{"vr":"SQ","Value":[{"00100020":{"vr":"LO","Value":["A"]}},{}]}}""", Write(dataset));
        Assert.Equal("""{"00101002":{"vr":"SQ"}}""", Write(new DicomDataset().Set(new SequenceElement(Tags.OtherPatientIDsSequence, []))));
    }

    [Fact]
    public void Write_SequenceReadFromUn_IsSq() =>
        Assert.Equal("""{"00091010":{"vr":"SQ","Value":[{}]}}""", Write(new DicomDataset().Set(new SequenceElement(new Tag(0x00091010), [new DicomDataset()], true, Vr.UN))));

    [Fact]
    public void Write_Bulk_IsUriByPath()
    {
        var item = new DicomDataset().Set(new BulkElement(new Tag(0x00420011), Vr.OB, 10, 20, false));
        var dataset = new DicomDataset()
            .Set(new SequenceElement(Tags.OtherPatientIDsSequence, [new DicomDataset(), item]))
            .Set(new BulkElement(Tags.PixelData, Vr.OW, 100, 200, false));
        Assert.Equal(
            """{"00101002":{"vr":"SQ","Value":[{},{"00420011":{"vr":"OB","BulkDataURI":"/b/00101002/1/00420011?10+20"}}]},"7FE00010":{"vr":"OW","BulkDataURI":"/b/7FE00010?100+200"}}""",
            Write(dataset, b => $"/b/{b.Path}?{b.Element.Offset}+{b.Element.Length}"));
        Assert.Equal("""{"00101002":{"vr":"SQ","Value":[{},{"00420011":{"vr":"OB"}}]},"7FE00010":{"vr":"OW"}}""", Write(dataset));
    }

    [Fact]
    public void Write_GroupLengthAndFileMeta_AreLeftOut()
    {
        var dataset = new DicomDataset()
            .Set(new Tag(0x00020010), Vr.UI, "1.2.840.10008.1.2").Set(new Tag(0x00080000), Vr.UL, "12").Set(Tags.Modality, Vr.CS, "CT");
        Assert.Equal("""{"00080060":{"vr":"CS","Value":["CT"]}}""", Write(dataset));
    }

    [Fact]
    public void Write_DisorderAndRepetition_AreMended()
    {
        var dataset = new DicomDataset();
        foreach (var (tag, value) in new[] { (Tags.PatientID, "A"), (Tags.Modality, "CT"), (Tags.PatientID, "B") })
            dataset.Append(new ValueElement(tag, Vr.LO, Encoding.ASCII.GetBytes(value)));
        Assert.Equal("""{"00080060":{"vr":"LO","Value":["CT"]},"00100020":{"vr":"LO","Value":["A"]}}""", Write(dataset));
    }

    [Fact]
    public void Write_Latin1_IsUtf8AndSaysSo()
    {
        var dataset = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 100");
        dataset.Set(new ValueElement(Tags.PatientName, Vr.PN, Encoding.Latin1.GetBytes("Müller")));
        Assert.Equal("""{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller"}]}}""", Write(dataset));
    }

    [Fact]
    public void Write_IllFormedUtf8_IsMended()
    {
        var dataset = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192").Set(new ValueElement(Tags.PatientID, Vr.LO, new byte[] { (byte)'A', 0xC3, (byte)'B' }));
        Assert.Contains("\"A\uFFFDB\"", Write(dataset), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ItemsOfJapanese_AreDecodedByTheirDataset()
    {
        var item = new DicomDataset();
        var dataset = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192").Set(Tags.OtherPatientIDsSequence, item);
        item.Set(Tags.PatientName, Vr.PN, "Yamada^Tarou=山田^太郎");
        Assert.Contains("""[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎"}]""", Write(dataset), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ToUtf8JsonWriter_IsTheSame()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            DicomJson.Write(writer, new DicomDataset().Set(Tags.Modality, Vr.CS, "CT"));
            DicomJson.Write(writer, new DicomDataset());
            writer.WriteEndArray();
        }
        Assert.Equal("""[{"00080060":{"vr":"CS","Value":["CT"]}},{}]""", Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static string Write(DicomDataset dataset, Func<BulkPath, string?>? bulk = null)
    {
        var output = new ArrayBufferWriter<byte>();
        DicomJson.Write(output, dataset, bulk);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
