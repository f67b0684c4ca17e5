using System.Buffers;
using System.Text;
using System.Xml.Linq;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Xml;

namespace Pacs.Dicom.Tests.Xml;

public sealed class NativeModelWriteTests
{
    private static readonly Tag Private = new(0x00091010);

    [Theory]
    [InlineData(Vr.LO, "bar\\foo ", """<Value number="1">bar</Value><Value number="2">foo</Value>""")]
    [InlineData(Vr.LO, "\\bar\\", """<Value number="1"></Value><Value number="2">bar</Value><Value number="3"></Value>""")]
    [InlineData(Vr.LO, "  ", "")]
    [InlineData(Vr.LO, "<a href=\"b\">&", """<Value number="1">&lt;a href=&quot;b&quot;&gt;&amp;</Value>""")]
    [InlineData(Vr.LT, " a\\b\r\n\tc ", """<Value number="1"> a\b&#13;&#10;&#9;c</Value>""")]
    [InlineData(Vr.UI, "1.2.3\0", """<Value number="1">1.2.3</Value>""")]
    [InlineData(Vr.DS, " 1.50\\+1e5 ", """<Value number="1">1.50</Value><Value number="2">+1e5</Value>""")]
    [InlineData(Vr.PN, "Doe^Jane", """<PersonName number="1"><Alphabetic><FamilyName>Doe</FamilyName><GivenName>Jane</GivenName></Alphabetic></PersonName>""")]
    [InlineData(Vr.PN, "A^^C^Dr^II\\=B==\\\\==P", """<PersonName number="1"><Alphabetic><FamilyName>A</FamilyName><MiddleName>C</MiddleName><NamePrefix>Dr</NamePrefix><NameSuffix>II</NameSuffix></Alphabetic></PersonName><PersonName number="2"><Ideographic><FamilyName>B</FamilyName></Ideographic></PersonName><PersonName number="3"></PersonName><PersonName number="4"><Phonetic><FamilyName>P</FamilyName></Phonetic></PersonName>""")]
    [InlineData(Vr.PN, "A^B^C^D^E^F", """<PersonName number="1"><Alphabetic><FamilyName>A</FamilyName><GivenName>B</GivenName><MiddleName>C</MiddleName><NamePrefix>D</NamePrefix><NameSuffix>E^F</NameSuffix></Alphabetic></PersonName>""")]
    [InlineData(Vr.PN, "^^=^", "")]
    public void Write_Text_IsValues(Vr vr, string text, string xml) => AssertAttribute(vr, Encoding.ASCII.GetBytes(text), xml);

    [Theory]
    [InlineData(Vr.US, "65535\\0", """<Value number="1">65535</Value><Value number="2">0</Value>""")]
    [InlineData(Vr.SS, "-32768", """<Value number="1">-32768</Value>""")]
    [InlineData(Vr.UL, "4294967295", """<Value number="1">4294967295</Value>""")]
    [InlineData(Vr.SL, "-1", """<Value number="1">-1</Value>""")]
    [InlineData(Vr.SV, "-9223372036854775808", """<Value number="1">-9223372036854775808</Value>""")]
    [InlineData(Vr.UV, "18446744073709551615", """<Value number="1">18446744073709551615</Value>""")]
    [InlineData(Vr.FL, "0.1\\NaN", """<Value number="1">0.1</Value><Value number="2">NaN</Value>""")]
    [InlineData(Vr.FD, "1.7976931348623157E+308\\-Infinity", """<Value number="1">1.7976931348623157E+308</Value><Value number="2">-Infinity</Value>""")]
    [InlineData(Vr.AT, "00100020", """<Value number="1">00100020</Value>""")]
    public void Write_Numbers_AreValues(Vr vr, string text, string xml) =>
        AssertAttribute(vr, ((ValueElement)new DicomDataset().Set(Private, vr, text.Split('\\'))[Private]!).Value.Span, xml);

    [Theory]
    [InlineData(Vr.OB)]
    [InlineData(Vr.OW)]
    [InlineData(Vr.OD)]
    [InlineData(Vr.OF)]
    [InlineData(Vr.OL)]
    [InlineData(Vr.OV)]
    [InlineData(Vr.UN)]
    public void Write_Binary_IsInline(Vr vr) => AssertAttribute(vr, [1, 2, 3, 4], "<InlineBinary>AQIDBA==</InlineBinary>");

    [Fact]
    public void Write_Document_HasKeywordsAndNoWhitespaceOfItsOwn() => Assert.Equal(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM" xml:space="preserve"><DicomAttribute tag="00080060" vr="CS" keyword="Modality"><Value number="1">CT</Value></DicomAttribute><DicomAttribute tag="00101002" vr="SQ" keyword="OtherPatientIDsSequence"><Item number="1"><DicomAttribute tag="00100020" vr="LO" keyword="PatientID"></DicomAttribute></Item><Item number="2"></Item></DicomAttribute></NativeDicomModel>
        """.ReplaceLineEndings("\n"),
        Write(new DicomDataset()
            .Set(new Tag(0x00020010), Vr.UI, "1.2.840.10008.1.2").Set(new Tag(0x00080000), Vr.UL, "12").Set(Tags.Modality, "CT")
            .Set(Tags.OtherPatientIDsSequence, new DicomDataset().Set(Tags.PatientID, Vr.LO, ""), new DicomDataset())));

    [Fact]
    public void Write_PrivateElements_AreOfTheirCreator()
    {
        var xml = Content(Write(new DicomDataset()
            .Set(new Tag(0x00090010), Vr.LO, "A&B").Set(new Tag(0x00090011), Vr.LO, "C").Set(new Tag(0x00090012), Vr.LO, "A&B")
            .Set(new Tag(0x00091001), Vr.CS, "1").Set(new Tag(0x000911FF), Vr.CS, "2").Set(new Tag(0x00091201), Vr.CS, "3").Set(new Tag(0x00091301), Vr.CS, "4")));
        Assert.Contains("""<DicomAttribute tag="00090010" vr="LO"><Value number="1">A&amp;B</Value>""", xml, StringComparison.Ordinal);
        Assert.Contains("""<DicomAttribute tag="00090001" vr="CS" privateCreator="A&amp;B"><Value number="1">1</Value>""", xml, StringComparison.Ordinal);
        Assert.Contains("""<DicomAttribute tag="000900FF" vr="CS" privateCreator="C"><Value number="1">2</Value>""", xml, StringComparison.Ordinal);
        // A second block of the same creator, and a block of nobody, have to be told by their number.
        Assert.Contains("""<DicomAttribute tag="00091201" vr="CS" privateCreator="A&amp;B"><Value number="1">3</Value>""", xml, StringComparison.Ordinal);
        Assert.Contains("""<DicomAttribute tag="00091301" vr="CS"><Value number="1">4</Value>""", xml, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WhatXmlCannotCarry_IsReplacedAndTheDocumentWellFormed()
    {
        var text = string.Concat(Enumerable.Range(1, 0x9F).Where(c => c is not ('\\' or 0x1B)).Select(c => (char)c)) + "\uD7FF\uE000\uFFFD\uFFFE\uFFFF\uFF21\uFEFF\U0001F600.";
        var dataset = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192").Set(new ValueElement(Tags.PatientComments, Vr.LT, Encoding.UTF8.GetBytes(text)));
        var value = XDocument.Parse(Write(dataset)).Descendants().Single(e => e.Name.LocalName == "Value" && (string?)e.Parent!.Attribute("keyword") == "PatientComments").Value;
        Assert.Equal(string.Concat(text.Select(c => c is < ' ' and not ('\t' or '\r' or '\n') or '\uFFFE' or '\uFFFF' ? '\uFFFD' : c)), value);
    }

    [Fact]
    public void Write_Latin1AndIllFormedUtf8_AreUtf8()
    {
        var latin = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 100").Set(new ValueElement(Tags.PatientName, Vr.PN, Encoding.Latin1.GetBytes("Müller")));
        Assert.Contains("<Value number=\"1\">ISO_IR 192</Value>", Write(latin), StringComparison.Ordinal);
        Assert.Contains("<FamilyName>Müller</FamilyName>", Write(latin), StringComparison.Ordinal);
        var broken = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192").Set(new ValueElement(Tags.PatientID, Vr.LO, new byte[] { (byte)'A', 0xEF, 0xBF }));
        Assert.Contains(">A\uFFFD", Write(broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Bulk_IsUriByPath()
    {
        var item = new DicomDataset().Set(new BulkElement(new Tag(0x00420011), Vr.OB, 10, 20, false));
        var dataset = new DicomDataset().Set(new SequenceElement(Tags.OtherPatientIDsSequence, [new DicomDataset(), item])).Set(new BulkElement(Tags.PixelData, Vr.OW, 100, 200, false));
        var xml = Write(dataset, b => $"/b/{b.Path}?a=1&b=\"2\"");
        Assert.Contains("""<BulkData uri="/b/00101002/1/00420011?a=1&amp;b=&quot;2&quot;"/>""", xml, StringComparison.Ordinal);
        Assert.Contains("""vr="OW" keyword="PixelData"><BulkData uri="/b/7FE00010?""", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("BulkData", Write(dataset), StringComparison.Ordinal);
    }

    private static void AssertAttribute(Vr vr, ReadOnlySpan<byte> value, string xml) =>
        Assert.Equal($"""<DicomAttribute tag="00091010" vr="{vr}">{xml}</DicomAttribute>""", Content(Write(new DicomDataset().Set(new ValueElement(Private, vr, value.ToArray())))));

    private static string Content(string document) => document[(document.IndexOf("preserve\">", StringComparison.Ordinal) + 10)..document.IndexOf("</NativeDicomModel>", StringComparison.Ordinal)];

    private static string Write(DicomDataset dataset, Func<BulkPath, string?>? bulk = null)
    {
        var output = new ArrayBufferWriter<byte>();
        NativeModel.Write(output, dataset, bulk);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
