using System.Text;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.CharacterSets;

public sealed class SpecificCharacterSetTests
{
    /// <summary>The examples of PS3.5 Annexes H, I, J and K, byte for byte.</summary>
    public static TheoryData<string, string, string> Examples => new()
    {
        // H.3.1 and H.3.2: Japanese.
        { "\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B" },
        { "ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J=\x1B$B$d$^$@\x1B(J^\x1B$B$?$m$&\x1B(J" },
        // I.2: Korean.
        { "\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동", "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF" },
        // J.1 and J.2: Chinese in UTF-8 and GB18030.
        { "ISO_IR 192", "Wang^XiaoDong=王^小東=", "Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE6\x9D\xB1=" },
        { "GB18030", "Wang^XiaoDong=王^小东=", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB=" },
        { "GBK", "Wang^XiaoDong=王^小东=", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB=" },
        // K.2: Chinese by code extension.
        { "\\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东=", "Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB=" },
        // One-byte sets.
        { "ISO_IR 100", "Äneas^Rüdiger", "\xC4neas^R\xFC" + "diger" },
        { "ISO_IR 101", "Wałęsa", "Wa\xB3\xEAsa" },
        { "ISO_IR 109", "Ġorġ", "\xD5or\xF5" },
        { "ISO_IR 110", "Bērziņš", "B\xBArzi\xF1\xB9" },
        { "ISO_IR 144", "Люкceмбypг", "\xBB\xEE\xDA" + "ce\xDC\xD1yp\xD3" },
        { "ISO_IR 127", "قباني^لنزار", "\xE2\xC8\xC7\xE6\xEA^\xE4\xE6\xD2\xC7\xD1" },
        { "ISO_IR 126", "Διονυσιος", "\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2" },
        { "ISO_IR 138", "שרון^דבורה", "\xF9\xF8\xE5\xEF^\xE3\xE1\xE5\xF8\xE4" },
        { "ISO_IR 148", "Çavuşoğlu", "\xC7" + "avu\xFEo\xF0lu" },
        { "ISO_IR 203", "Œuvre 5€", "\xBC" + "uvre 5\xA4" },
        { "ISO_IR 166", "นามสกุล", "\xB9\xD2\xC1\xCA\xA1\xD8\xC5" },
        { "ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ", "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3" },
        // Several one-byte sets.
        { "ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126", "Dionü^Люк^Διο", "Dion\xFC^\x1B-L\xBB\xEE\xDA\x1B-A^\x1B-F\xC4\xE9\xEF" },
        // JIS X 0212.
        { "\\ISO 2022 IR 159", "丂丄", "\x1B$(D0!0\"\x1B(B" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void Decode_Example_IsItsText(string terms, string text, string bytes) =>
        Assert.Equal(text, Parse(terms).Decode(Encoding.Latin1.GetBytes(bytes), Vr.PN));

    [Theory]
    [MemberData(nameof(Examples))]
    public void Encode_Example_IsItsBytes(string terms, string text, string bytes)
    {
        Assert.True(Parse(terms).CanEncode(text));
        Assert.Equal(bytes, Encoding.Latin1.GetString(Parse(terms).Encode(text, Vr.PN)));
    }

    [Theory]
    [InlineData("ISO-IR 100", "ISO_IR 100")]
    [InlineData("ISO 2022 IR 100", "ISO_IR 100")]
    [InlineData("iso_ir 100", "ISO_IR 100")]
    [InlineData("ISO IR 100", "ISO_IR 100")]
    [InlineData("ISO_IR_100", "ISO_IR 100")]
    [InlineData("ISO_IR 100 ", "ISO_IR 100")]
    [InlineData("ISO_IR 100\0", "ISO_IR 100")]
    [InlineData("ISO 2022 IR 144", "ISO_IR 144")]
    [InlineData("UTF-8", "ISO_IR 192")]
    [InlineData("utf8", "ISO_IR 192")]
    [InlineData("ISO_IR_192", "ISO_IR 192")]
    [InlineData("ISO 2022 IR 192", "ISO_IR 192")]
    [InlineData("ISO_IR 192\\ISO 2022 IR 87", "ISO_IR 192")]
    [InlineData("gb18030", "GB18030")]
    public void Parse_SpellingOfTheField_IsUnderstood(string spelling, string meant)
    {
        var bytes = Parse(meant).Encode("Äöü Люк 王", Vr.LO);
        Assert.Equal(Parse(meant).Decode(bytes, Vr.LO), Parse(spelling).Decode(bytes, Vr.LO));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ISO_IR 6")]
    [InlineData("ISO 2022 IR 6")]
    [InlineData("charset")]
    [InlineData("ISO_IR 9999")]
    [InlineData("\\\\")]
    public void Decode_NoCharacterSet_TakesUtf8ElseLatin1(string terms)
    {
        Assert.Equal("Müller", Parse(terms).Decode("Müller"u8, Vr.PN));
        Assert.Equal("Müller", Parse(terms).Decode(Encoding.Latin1.GetBytes("Müller"), Vr.PN));
        Assert.False(Parse(terms).CanEncode("Müller"));
        Assert.Equal("M?ller"u8.ToArray(), Parse(terms).Encode("Müller", Vr.PN));
    }

    [Fact]
    public void Decode_EscapesForgotten_TakesTheDeclaredSet() =>
        Assert.Equal("洪^吉洞=홍^길동", Parse("\\ISO 2022 IR 149").Decode(Encoding.Latin1.GetBytes("\xFB\xF3^\xD1\xCE\xD4\xD7=\xC8\xAB^\xB1\xE6\xB5\xBF"), Vr.PN));

    [Fact]
    public void Decode_EscapeNotDeclared_IsUnderstood() =>
        Assert.Equal("山田^A", Parse("ISO_IR 100").Decode("\x1B$B;3ED\x1B(B^A"u8, Vr.PN));

    [Fact]
    public void Decode_Delimiters_RestoreTheFirstSet()
    {
        var set = Parse("ISO 2022 IR 100\\ISO 2022 IR 144");
        var bytes = Encoding.Latin1.GetBytes("\x1B-L\xBB\\\xC4^\x1B-L\xBB^\xC4\r\n\x1B-L\xBB\t\xC4");
        Assert.Equal("Л\\Ä^Л^Ä\r\nЛ\tÄ", set.Decode(bytes, Vr.PN));
        Assert.Equal("Л\\Ä^Л^Ф\r\nЛ\tÄ", set.Decode(bytes, Vr.LO));
        Assert.Equal("Л\\Ф^Л^Ф\r\nЛ\tÄ", set.Decode(bytes, Vr.LT));
    }

    [Theory]
    [InlineData("GB18030", "A倊B", "\x81\x5C")]
    [InlineData("GBK", "A乗B", "\x81\x5C")]
    [InlineData("ISO_IR 13", "Aソ表B", "\x83\x5C\x95\x5C")]
    public void GetStrings_BackslashWithinACharacter_DoesNotSplit(string terms, string like, string character)
    {
        var dataset = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, terms.Split('\\'))
            .Set(new ValueElement(Tags.OtherPatientNames, Vr.PN, Encoding.Latin1.GetBytes($"A{character}B\\C")));
        var values = dataset.GetStrings(Tags.OtherPatientNames);
        Assert.Equal(2, values.Count);
        Assert.Equal(like.Length, values[0].Length);
        Assert.DoesNotContain('\\', values[0]);
        Assert.Equal("C", values[1]);
    }

    [Fact]
    public void Decode_TwoByteSetInG0_HidesBackslashAndCaret()
    {
        // 0x5C and 0x5E are halves of Kanji here.
        var bytes = "\x1B$B\x30\x5C\x30\x5E\x1B(B\\\x1B$B\x30\x5C\x1B(B"u8;
        var text = Parse("\\ISO 2022 IR 87").Decode(bytes, Vr.PN);
        Assert.Equal(2, text.Split('\\').Length);
        Assert.DoesNotContain('^', text);
    }

    [Theory]
    [InlineData("ISO_IR 100", "Ж")]
    [InlineData("ISO_IR 144", "é")]
    [InlineData("\\ISO 2022 IR 87", "한")]
    [InlineData("\\ISO 2022 IR 149", "😀")]
    [InlineData("GBK", "😀")]
    [InlineData("ISO_IR 100", "\u001b(B")]
    [InlineData("ISO_IR 100", "\u0083")]
    [InlineData("ISO_IR 13", "\u0083")]
    [InlineData("", "\u001b$B")]
    public void Encode_CharacterThatIsNotThere_IsQuestionMark(string terms, string text)
    {
        Assert.False(Parse(terms).CanEncode(text));
        Assert.StartsWith("A?", Encoding.Latin1.GetString(Parse(terms).Encode("A" + text, Vr.LO)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ISO_IR 192", "😀")]
    [InlineData("GB18030", "😀한é")]
    [InlineData("ISO 2022 IR 6\\ISO 2022 IR 87\\ISO 2022 IR 149\\ISO 2022 IR 58\\ISO 2022 IR 100", "山 é 한\r\n东\\é^山")]
    public void Decode_Encoded_IsTheText(string terms, string text)
    {
        foreach (var vr in new[] { Vr.PN, Vr.LO, Vr.LT })
            Assert.Equal(text, Parse(terms).Decode(Parse(terms).Encode(text, vr), vr));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ISO_IR 192")]
    [InlineData("ISO_IR 13")]
    [InlineData("GB18030")]
    [InlineData("GBK")]
    [InlineData("ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159")]
    [InlineData("\\ISO 2022 IR 149\\ISO 2022 IR 58\\ISO 2022 IR 100")]
    public void Decode_AnyBytes_GivesWellFormedText(string terms)
    {
        var random = new Random(1);
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            for (var j = 0; j + 4 < bytes.Length; j += 9)
                if (random.Next(2) == 0) CodeTable.All[random.Next(CodeTable.All.Count)].Escape.AsSpan(0, random.Next(3)).CopyTo(bytes.AsSpan(j));
            Assert.NotNull(strict.GetBytes(Parse(terms).Decode(bytes, Vr.PN)));
        }
    }

    [Fact]
    public void Encode_EveryCharacterOfEverySet_IsDecodedBack()
    {
        foreach (var table in CodeTable.All)
        {
            var set = Parse($"ISO 2022 IR 6\\ISO 2022 IR {table.Number}");
            var count = 0;
            for (var c = 0xA0; c < 0xFFFD; c++)
            {
                if (!table.TryEncode((char)c, out _)) continue;
                count++;
                var bytes = set.Encode(((char)c).ToString(), Vr.LO);
                Assert.Equal(((char)c).ToString(), set.Decode(bytes, Vr.LO));
            }
            Assert.True(count >= table.Number switch { 6 or 14 => 0, 87 => 6879, 159 => 6067, 149 => 8225, 58 => 7444, 13 => 63, 166 => 87, 127 => 45, 138 => 58, _ => 60 }, $"{table.Number}: {count}");
        }
    }

    [Fact]
    public void Parse_TheSameValue_IsTheSameSet()
    {
        // What other tests parse at the same time may begin the cache anew in between, not each time.
        Assert.Contains(Enumerable.Range(0, 1000), _ => ReferenceEquals(Parse("ISO 2022 IR 13\\ISO 2022 IR 87"), Parse("ISO 2022 IR 13\\ISO 2022 IR 87")));
        Assert.Same(SpecificCharacterSet.Utf8, Parse("ISO_IR 192 "));
        Assert.Same(SpecificCharacterSet.Default, Parse("  "));
        Assert.Equal(["", "ISO 2022 IR 87"], Parse("\\ISO 2022 IR 87").DefinedTerms);
    }

    [Fact]
    public void Parse_ManyValues_AreNotAllKept()
    {
        for (var i = 0; i < 2000; i++) Assert.Equal("A", Parse($"ISO_IR X{i}").Decode("A"u8, Vr.LO));
        // Of known sets as many spellings, after which others are kept as before.
        for (var i = 0; i < 2000; i++) Assert.Equal("A", Parse($"ISO 2022 IR 13{string.Concat(Enumerable.Range(0, 12).Select(bit => ((i >> bit) & 1) == 0 ? "\\ISO 2022 IR 87" : "\\ISO 2022 IR 6"))}").Decode("A"u8, Vr.LO));
        Parse_TheSameValue_IsTheSameSet();
        Assert.Equal("A", Parse(new string('x', 5000)).Decode("A"u8, Vr.LO));
    }

    private static SpecificCharacterSet Parse(string value) => SpecificCharacterSet.Parse(Encoding.Latin1.GetBytes(value));
}
