using System.Buffers;
using System.Text;
using System.Text.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Json;

public sealed class DicomJsonReadTests
{
    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"00080060":{"vr":"CS","Value":["CT"]}}""")]
    [InlineData("""{"00100020":{"vr":"LO"}}""")]
    [InlineData("""{"00101001":{"vr":"PN","Value":[{"Alphabetic":"A^B","Ideographic":"C","Phonetic":"D"},null,{"Phonetic":"E"}]}}""")]
    [InlineData("""{"00091010":{"vr":"LO","Value":[null,"a","b",null]}}""")]
    [InlineData("""{"00091010":{"vr":"UT","Value":["C:\\a\r\n\"b\""]}}""")]
    [InlineData("""{"00091010":{"vr":"IS","Value":[1,-2,"1.5"]}}""")]
    [InlineData("""{"00091010":{"vr":"DS","Value":[1.50,-2,"NaN"]}}""")]
    [InlineData("""{"00091010":{"vr":"US","Value":[65535,0]}}""")]
    [InlineData("""{"00091010":{"vr":"SV","Value":[-1,"9223372036854775807"]}}""")]
    [InlineData("""{"00091010":{"vr":"UV","Value":["18446744073709551615"]}}""")]
    [InlineData("""{"00091010":{"vr":"FL","Value":[0.1,"NaN","-Infinity"]}}""")]
    [InlineData("""{"00091010":{"vr":"FD","Value":[0.1,1E+300]}}""")]
    [InlineData("""{"00091010":{"vr":"AT","Value":["7FE00010"]}}""")]
    [InlineData("""{"00091010":{"vr":"OB","InlineBinary":"AQIDBA=="}}""")]
    [InlineData("""{"00091010":{"vr":"UN","InlineBinary":"AQI="}}""")]
    [InlineData("""{"00101002":{"vr":"SQ","Value":[{"00100020":{"vr":"LO","Value":["A"]}},{}]}}""")]
    [InlineData("""{"00101002":{"vr":"SQ"}}""")]
    [InlineData("""{"00080060":{"vr":"CS","Value":["Mü","C"]}}""")]
    [InlineData("""{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller","Ideographic":"山田"}]}}""")]
    public void Read_Model_IsWrittenBackAsItWas(string json) => Assert.Equal(json, Write(Read(json)));

    [Fact]
    public void Read_MembersInAnyOrder_AreTaken()
    {
        var dataset = Read("""{"00091010":{"Value":[{"00100020":{"Value":["A"],"vr":"LO"}}],"vr":"SQ"},"00080060":{"Value":["CT"],"vr":"CS"}}""");
        Assert.Equal("CT", dataset.GetString(Tags.Modality));
        Assert.Equal("A", dataset.GetItems(new Tag(0x00091010))[0].GetString(Tags.PatientID));
    }

    [Theory]
    [InlineData("""{"00100010":{"vr":"PN","Value":["Doe^Jane"]}}""", """{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Doe^Jane"}]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":["512"]}}""", """{"00280010":{"vr":"US","Value":[512]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[5.12e2]}}""", """{"00280010":{"vr":"US","Value":[512]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[512.0]}}""", """{"00280010":{"vr":"US","Value":[512]}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[null]}}""", """{"00280010":{"vr":"US"}}""")]
    [InlineData("""{"00280010":{"vr":"US","Value":[]}}""", """{"00280010":{"vr":"US"}}""")]
    [InlineData("""{"00280010":{"Value":[512]}}""", """{"00280010":{"vr":"US","Value":[512]}}""")]
    [InlineData("""{"00091010":{"vr":"FD","Value":["inf","-INF"]}}""", """{"00091010":{"vr":"FD","Value":["Infinity","-Infinity"]}}""")]
    [InlineData("""{"0020000d":{"vr":"UI","Value":["1.2"]}}""", """{"0020000D":{"vr":"UI","Value":["1.2"]}}""")]
    [InlineData("""{"00200013":{"vr":"IS","Value":["7"]},"00080060":{"vr":"CS","Value":["CT"]}}""", """{"00080060":{"vr":"CS","Value":["CT"]},"00200013":{"vr":"IS","Value":[7]}}""")]
    [InlineData("\uFEFF{}", "{}")]
    public void Read_OtherHands_AreUnderstood(string json, string model) => Assert.Equal(model, Write(Read(json)));

    [Fact]
    public void Read_TextBeyondAscii_SaysUtf8()
    {
        var dataset = Read("""{"00100010":{"vr":"PN","Value":[{"Alphabetic":"M\u00fcller"}]},"00101002":{"vr":"SQ","Value":[{"00100021":{"vr":"LO","Value":["Köln"]}}]}}""");
        Assert.Equal("ISO_IR 192", dataset.GetString(Tags.SpecificCharacterSet));
        Assert.Equal("Müller", dataset.GetString(Tags.PatientName));
        Assert.Equal("Köln", dataset.GetItems(Tags.OtherPatientIDsSequence)[0].GetString(Tags.IssuerOfPatientID));
    }

    [Fact]
    public void Read_Ascii_SaysNothing() => Assert.False(Read("""{"00100020":{"vr":"LO","Value":["A"]}}""").Contains(Tags.SpecificCharacterSet));

    [Fact]
    public void Read_NumberLongerThanDs_IsRounded() =>
        Assert.Equal("0.33333333333333", Read("""{"00091010":{"vr":"DS","Value":[0.333333333333333333]}}""").GetString(new Tag(0x00091010)));

    [Fact]
    public void Read_BulkDataUri_IsKeptWhereAskedForAndElseRefused()
    {
        var json = """{"00091010":{"vr":"OB","BulkDataURI":"x:1"}}"""u8.ToArray();
        var reference = Assert.IsType<BulkDataReference>(DicomJson.Read(json, keepBulkDataUris: true)[new Tag(0x00091010)]);
        Assert.Equal((Vr.OB, "x:1"), (reference.Vr, reference.Uri));
        Assert.Throws<JsonException>(() => DicomJson.Read(json));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"00080060":{"vr":"CS","Value":["CT"]}""")]
    [InlineData("""{} {}""")]
    [InlineData("""{"0008006":{"vr":"CS"}}""")]
    [InlineData("""{"00080060":{"vr":"CS"},"00080060":{"vr":"CS"}}""")]
    [InlineData("""{"00080060":{"vr":"XX"}}""")]
    [InlineData("""{"00080060":{"vr":1}}""")]
    [InlineData("""{"00080060":{"vr":"CS","Value":"CT"}}""")]
    [InlineData("""{"00080060":{"vr":"CS","Value":[1]}}""")]
    [InlineData("""{"00080018":{"vr":"UI","Value":["Ж"]}}""")]
    [InlineData("""{"00080060":{"vr":"CS","Value":["\ud800"]}}""")]
    [InlineData("""{"00080060":{"vr":"CS","Values":[]}}""")]
    [InlineData("""{"00080060":{"vr":"CS","Value":[],"InlineBinary":""}}""")]
    [InlineData("""{"00100010":{"vr":"PN","Value":[1]}}""")]
    [InlineData("""{"00100010":{"vr":"PN","Value":[{"Latin":"A"}]}}""")]
    [InlineData("""{"00091010":{"vr":"US","Value":[65536]}}""")]
    [InlineData("""{"00091010":{"vr":"US","Value":[1.5]}}""")]
    [InlineData("""{"00091010":{"vr":"US","Value":["1.5"]}}""")]
    [InlineData("""{"00091010":{"vr":"US","Value":["secret"]}}""")]
    [InlineData("""{"00091010":{"vr":"US","Value":[1,null]}}""")]
    [InlineData("""{"00091010":{"vr":"US","Value":[null,1]}}""")]
    [InlineData("""{"00091010":{"vr":"FD","Value":["1,5"]}}""")]
    [InlineData("""{"00091010":{"vr":"AT","Value":["0010"]}}""")]
    [InlineData("""{"00091010":{"vr":"OB","Value":[1]}}""")]
    [InlineData("""{"00091010":{"vr":"OB","InlineBinary":"*"}}""")]
    [InlineData("""{"00091010":{"vr":"OB","BulkDataURI":"x:1"}}""")]
    [InlineData("""{"00091010":{"vr":"SQ","InlineBinary":""}}""")]
    [InlineData("""{"00091010":{"vr":"SQ","Value":["A"]}}""")]
    public void Read_NotTheModel_IsTypedError(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    [Fact]
    public void Read_EveryTruncation_IsTypedError()
    {
        var json = """{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00101002":{"vr":"SQ","Value":[{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller"}]}},{}]},"00091010":{"vr":"OB","InlineBinary":"AQI="}}"""u8.ToArray();
        for (var length = 0; length < json.Length; length++) Assert.ThrowsAny<JsonException>(() => DicomJson.Read(json.AsSpan(0, length)));
    }

    [Fact]
    public void Read_Error_NamesTheAttributeButNoValue()
    {
        var error = Assert.ThrowsAny<JsonException>(() => Read("""{"00100020":{"vr":"LO","Value":["secret"]},"00280010":{"vr":"US","Value":[70001]}}"""));
        Assert.Contains("00280010", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("70001", error.ToString(), StringComparison.Ordinal);
        var text = Assert.ThrowsAny<JsonException>(() => Read("""{"00280010":{"vr":"US","Value":["secret"]}}"""));
        Assert.DoesNotContain("secret", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NestingAtTheLimit_IsTakenAndPastItRefused()
    {
        var limits = new DatasetLimits { MaxDepth = 5 };
        Assert.NotNull(DicomJson.Read(Nested(5), limits: limits));
        Assert.ThrowsAny<JsonException>(() => DicomJson.Read(Nested(7), limits: limits));
        Assert.ThrowsAny<JsonException>(() => DicomJson.Read(Nested(100_000)));

        static byte[] Nested(int depth) => Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Repeat("""{"00101002":{"vr":"SQ","Value":[""", depth)) + """{"00100010":{"vr":"PN","Value":[{"Alphabetic":"A"}]}}""" + string.Concat(Enumerable.Repeat("]}}", depth)));
    }

    [Fact]
    public void Read_TooMuch_IsRefused()
    {
        var items = Encoding.ASCII.GetBytes("""{"00101002":{"vr":"SQ","Value":[{},{},{},{}]}}""");
        Assert.ThrowsAny<JsonException>(() => DicomJson.Read(items, limits: new DatasetLimits { MaxElements = 4 }));
        var text = Encoding.ASCII.GetBytes("""{"00104000":{"vr":"LT","Value":["12345678"]}}""");
        Assert.ThrowsAny<JsonException>(() => DicomJson.Read(text, limits: new DatasetLimits { MaxInlineTotal = 7 }));
    }

    private static DicomDataset Read(string json) => DicomJson.Read(Encoding.UTF8.GetBytes(json));

    private static string Write(DicomDataset dataset)
    {
        var output = new ArrayBufferWriter<byte>();
        DicomJson.Write(output, dataset);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
