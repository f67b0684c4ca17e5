using System.Buffers;
using System.Text;
using System.Xml;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Xml;

namespace Pacs.Dicom.Tests.Xml;

public sealed class NativeModelReadTests
{
    private const string Head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NativeDicomModel xmlns=\"http://dicom.nema.org/PS3.19/models/NativeDICOM\" xml:space=\"preserve\">", Tail = "</NativeDicomModel>";

    private static readonly Tag Private = new(0x00091010);

    [Theory]
    [InlineData("")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS" keyword="Modality"><Value number="1">CT</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS" keyword="Modality"><Value number="1">Mü</Value><Value number="2">C</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00100020" vr="LO" keyword="PatientID"></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00090010" vr="LO"><Value number="1">A</Value></DicomAttribute><DicomAttribute tag="00090001" vr="LO" privateCreator="A"><Value number="1"></Value><Value number="2">b</Value><Value number="3"></Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="UT"><Value number="1">C:\a&#13;&#10;&quot;b&quot; &lt;&amp;&gt;</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="FD"><Value number="1">0.1</Value><Value number="2">NaN</Value><Value number="3">-Infinity</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="AT"><Value number="1">7FE00010</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="OB"><InlineBinary>AQIDBA==</InlineBinary></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00101002" vr="SQ" keyword="OtherPatientIDsSequence"><Item number="1"><DicomAttribute tag="00100020" vr="LO" keyword="PatientID"><Value number="1">A</Value></DicomAttribute></Item><Item number="2"></Item></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080005" vr="CS" keyword="SpecificCharacterSet"><Value number="1">ISO_IR 192</Value></DicomAttribute><DicomAttribute tag="00101001" vr="PN" keyword="OtherPatientNames"><PersonName number="1"><Alphabetic><FamilyName>Müller</FamilyName><NameSuffix>II^III</NameSuffix></Alphabetic><Ideographic><FamilyName>山田</FamilyName></Ideographic></PersonName><PersonName number="2"></PersonName><PersonName number="3"><Phonetic><GivenName>E</GivenName></Phonetic></PersonName></DicomAttribute>""")]
    public void Read_Model_IsWrittenBackAsItWas(string content) => Assert.Equal(Head + content + Tail, Write(Read(Head + content + Tail)));

    [Fact]
    public void Read_OtherHands_AreUnderstood()
    {
        // No namespace, indentation, CDATA, comments, empty elements, numbers and VRs left out, values that are empty left out.
        var dataset = Read("""
            <NativeDicomModel>
              <!-- a comment -->
              <DicomAttribute tag="00080060" keyword="Modality"><Value><![CDATA[C]]>T</Value></DicomAttribute>
              <DicomAttribute keyword="ImageType" vr="CS" tag="00080008">
                <Value number="2">B</Value>
                <Value number="4">D</Value>
              </DicomAttribute>
              <DicomAttribute tag="00100020" vr="LO"/>
              <DicomAttribute tag="00280010" vr="US"><Value number="1"> 512 </Value></DicomAttribute>
              <DicomAttribute tag="00091010" vr="FD"><Value number="1">INF</Value><Value number="2">-inf</Value></DicomAttribute>
              <DicomAttribute tag="00091011" vr="OB"><InlineBinary>
                AQID
                BAU=
              </InlineBinary></DicomAttribute>
            </NativeDicomModel>
            """);
        Assert.Equal("CT", dataset.GetString(Tags.Modality));
        Assert.Equal(["", "B", "", "D"], dataset.GetStrings(Tags.ImageType));
        Assert.Null(dataset.GetString(Tags.PatientID));
        Assert.Equal(512, dataset.GetInteger(Tags.Rows));
        Assert.Equal(["Infinity", "-Infinity"], dataset.GetStrings(Private));
        Assert.Equal([1, 2, 3, 4, 5, 0], ((ValueElement)dataset[new Tag(0x00091011)]!).Value.ToArray());
    }

    [Theory]
    [InlineData("<?xml version=\"1.0\" encoding=\"UTF-16\"?>", 1200)]
    [InlineData("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", 28591)]
    public void Read_OtherEncodings_AreUtf8(string declaration, int codePage)
    {
        var encoding = Encoding.GetEncoding(codePage);
        var text = declaration + """<NativeDicomModel><DicomAttribute tag="00100020" vr="LO"><Value number="1">Köln</Value></DicomAttribute></NativeDicomModel>""";
        var dataset = NativeModel.Read(new MemoryStream([.. encoding.GetPreamble(), .. encoding.GetBytes(text)]));
        Assert.Equal("Köln", dataset.GetString(Tags.PatientID));
        Assert.Equal("ISO_IR 192", dataset.GetString(Tags.SpecificCharacterSet));
    }

    [Fact]
    public void Read_TextBeyondAsciiInAnItem_SaysUtf8ThereOnly()
    {
        var dataset = Read("""<NativeDicomModel><DicomAttribute tag="00101002" vr="SQ"><Item number="1"><DicomAttribute tag="00100021" vr="LO"><Value number="1">Köln</Value></DicomAttribute></Item></DicomAttribute></NativeDicomModel>""");
        Assert.Equal("Köln", dataset.GetItems(Tags.OtherPatientIDsSequence)[0].GetString(Tags.IssuerOfPatientID));
        Assert.False(dataset.Contains(Tags.SpecificCharacterSet));
    }

    [Fact]
    public void Read_PrivateElements_GetTheBlockOfTheirCreator()
    {
        var dataset = Read("""
            <NativeDicomModel>
              <DicomAttribute tag="00090001" vr="CS" privateCreator="LATER"><Value number="1">1</Value></DicomAttribute>
              <DicomAttribute tag="00090002" vr="CS" privateCreator="NEW"><Value number="1">2</Value></DicomAttribute>
              <DicomAttribute tag="00090003" vr="SQ" privateCreator="NEW"><Item number="1"/></DicomAttribute>
              <DicomAttribute tag="00091204" vr="CS" privateCreator="FULL"><Value number="1">4</Value></DicomAttribute>
              <DicomAttribute tag="00090010" vr="LO"><Value number="1">LATER</Value></DicomAttribute>
            </NativeDicomModel>
            """);
        Assert.Equal("1", dataset.GetString(new Tag(0x00091001)));
        Assert.Equal("NEW", dataset.GetString(new Tag(0x00090011)));
        Assert.Equal("2", dataset.GetString(new Tag(0x00091102)));
        Assert.Single(dataset.GetItems(new Tag(0x00091103)));
        Assert.Equal("FULL", dataset.GetString(new Tag(0x00090012)));
        Assert.Equal("4", dataset.GetString(new Tag(0x00091204)));
    }

    [Theory]
    [InlineData("uri")]
    [InlineData("uuid")]
    public void Read_BulkData_IsKeptAsAReference(string attribute)
    {
        var dataset = NativeModel.Read(Utf8($"""<NativeDicomModel><DicomAttribute tag="00090010" vr="OB" privateCreator="A"><BulkData {attribute}="x:1"/></DicomAttribute></NativeDicomModel>"""), keepBulkDataUris: true);
        var bulk = Assert.IsType<BulkDataReference>(dataset[Private]);
        Assert.Equal((Vr.OB, "x:1"), (bulk.Vr, bulk.Uri));
    }

    [Theory]
    [InlineData("")]
    [InlineData("text")]
    [InlineData("<Other/>")]
    [InlineData("<NativeDicomModel>")]
    [InlineData("<NativeDicomModel/><NativeDicomModel/>")]
    [InlineData("<NativeDicomModel>text</NativeDicomModel>")]
    [InlineData("<NativeDicomModel><Item number=\"1\"/></NativeDicomModel>")]
    [InlineData("<!DOCTYPE x [<!ENTITY a \"b\">]><NativeDicomModel/>")]
    [InlineData("<!DOCTYPE x SYSTEM \"http://localhost/x\"><NativeDicomModel/>")]
    public void Read_NotADocument_IsTypedError(string xml) => Assert.ThrowsAny<XmlException>(() => Read(xml));

    [Theory]
    [InlineData("""<DicomAttribute tag="00080018" vr="UI"><Value number="1">Ж</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute vr="CS"/>""")]
    [InlineData("""<DicomAttribute tag="0008006" vr="CS"/>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="XX"/>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"/><DicomAttribute tag="00080060" vr="CS"/>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS">CT</DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"><Values/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"><Value number="0"/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"><Value number="2"/><Value number="1"/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"><Value number="999999999"/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"><Value><b/></Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"><Value>&ouml;</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"><PersonName/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00080060" vr="CS"><Item/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00104000" vr="LT"><Value number="1">a</Value><Value number="2">b</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00100010" vr="PN"><Value>A</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00100010" vr="PN"><PersonName>A</PersonName></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00100010" vr="PN"><PersonName><Latin/></PersonName></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00100010" vr="PN"><PersonName><Alphabetic><Nick/></Alphabetic></PersonName></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00280010" vr="US"><Value>65536</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00280010" vr="US"><Value/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00280010" vr="US"><Value number="2">1</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00280010" vr="FD"><Value>1,5</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00280010" vr="AT"><Value>0010</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="OB"><Value>1</Value></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="OB"><InlineBinary>*</InlineBinary></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="OB"><InlineBinary><b/></InlineBinary></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="OB"><InlineBinary/><InlineBinary/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="OB"><BulkData uri="x"/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00091010" vr="OB"><BulkData/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00101002" vr="SQ"><InlineBinary/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00101002" vr="SQ"><Value/></DicomAttribute>""")]
    [InlineData("""<DicomAttribute tag="00090001" vr="CS" privateCreator="A"/><DicomAttribute tag="00091001" vr="CS" privateCreator="A"/>""")]
    [InlineData("""<DicomAttribute tag="00091001" vr="CS" privateCreator="A"/><DicomAttribute tag="00091002" vr="CS" privateCreator="B"/>""")]
    [InlineData("""<DicomAttribute tag="00090101" vr="CS" privateCreator="A"/>""")]
    public void Read_NotTheModel_IsTypedError(string content) => Assert.ThrowsAny<XmlException>(() => Read(Head + content + Tail));

    [Fact]
    public void Read_EveryTruncation_IsTypedError()
    {
        var xml = Encoding.UTF8.GetBytes(Head + """<DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic><FamilyName>Müller</FamilyName></Alphabetic></PersonName></DicomAttribute><DicomAttribute tag="00091010" vr="OB"><InlineBinary>AQI=</InlineBinary></DicomAttribute>""" + Tail);
        for (var length = 0; length < xml.Length; length++) Assert.ThrowsAny<XmlException>(() => NativeModel.Read(new MemoryStream(xml, 0, length)));
    }

    [Fact]
    public void Read_Error_NamesTheAttributeButNoValue()
    {
        foreach (var value in new[] { "<Value>secret</Value>", "<secret/>", "<Value>a</secret>", "<InlineBinary>secret!</InlineBinary>" })
        {
            var error = Assert.ThrowsAny<XmlException>(() => Read($"""<NativeDicomModel><DicomAttribute tag="00280010" vr="FD">{value}</DicomAttribute></NativeDicomModel>"""));
            Assert.Contains("00280010", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_NestingAtTheLimit_IsTakenAndPastItRefused()
    {
        var limits = new DatasetLimits { MaxDepth = 5 };
        Assert.NotNull(NativeModel.Read(Nested(5), limits: limits));
        Assert.ThrowsAny<XmlException>(() => NativeModel.Read(Nested(6), limits: limits));
        Assert.ThrowsAny<XmlException>(() => NativeModel.Read(Nested(100_000)));

        static MemoryStream Nested(int depth) => Utf8(Head + string.Concat(Enumerable.Repeat("""<DicomAttribute tag="00101002" vr="SQ"><Item number="1">""", depth)) + string.Concat(Enumerable.Repeat("</Item></DicomAttribute>", depth)) + Tail);
    }

    [Fact]
    public void Read_TooMuch_IsRefused()
    {
        Refused("""<DicomAttribute tag="00101002" vr="SQ"><Item/><Item/><Item/><Item/></DicomAttribute>""", new DatasetLimits { MaxElements = 4 });
        Refused("""<DicomAttribute tag="00104000" vr="LT"><Value>12345678</Value></DicomAttribute>""", new DatasetLimits { MaxInlineTotal = 7 });
        Refused("""<DicomAttribute tag="00080008" vr="CS"><Value number="9"/></DicomAttribute>""", new DatasetLimits { MaxInlineTotal = 7 });
        Refused("""<DicomAttribute tag="00091010" vr="OB"><InlineBinary>AAAAAAAAAAAA</InlineBinary></DicomAttribute>""", new DatasetLimits { MaxInlineTotal = 7 });
        Refused("<DicomAttribute tag=\"00080008\" vr=\"CS\" keyword=\"" + new string('x', 2 << 20) + "\"/>", new DatasetLimits { MaxInlineTotal = 7 });

        static void Refused(string content, DatasetLimits limits) => Assert.ThrowsAny<XmlException>(() => NativeModel.Read(Utf8(Head + content + Tail), limits: limits));
    }

    private static MemoryStream Utf8(string text) => new(Encoding.UTF8.GetBytes(text));

    private static DicomDataset Read(string xml) => NativeModel.Read(Utf8(xml));

    private static string Write(DicomDataset dataset)
    {
        var output = new ArrayBufferWriter<byte>();
        NativeModel.Write(output, dataset);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
