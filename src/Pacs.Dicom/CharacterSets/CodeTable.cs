using System.Collections.Frozen;
using System.Text;

namespace Pacs.Dicom.CharacterSets;

/// <summary>
/// One coded character set of ISO 2022: 94 or 96 characters of one byte, or 94×94 of two. The bytes are counted as in
/// G0 (0x20–0x7F); in G1 the high bit is set.
/// </summary>
internal sealed class CodeTable
{
    private const int First = 0x21, Last = 0x7E, Width = Last - First + 1;

    private readonly Lazy<string> _characters;
    private readonly Lazy<FrozenDictionary<char, ushort>> _codes;

    private CodeTable(int number, string escape, bool isG1, bool isTwoByte, Func<string> characters)
    {
        (Number, IsG1, IsTwoByte, Escape) = (number, isG1, isTwoByte, Encoding.ASCII.GetBytes('\x1B' + escape));
        _characters = new(characters);
        _codes = new(Codes);
    }

    /// <summary>In the ISO registry: 87 of "ISO 2022 IR 87".</summary>
    public int Number { get; }

    /// <summary>Designated to G1, which has the high bit set; else to G0.</summary>
    public bool IsG1 { get; }

    public bool IsTwoByte { get; }

    /// <summary>The sequence that designates the set (PS3.3 Tables C.12-3 and C.12-4).</summary>
    public byte[] Escape { get; }

    /// <summary>ISO 646, the default repertoire.</summary>
    public static CodeTable Ascii { get; } = OneByte(6, "(B", 20127, isG1: false);

    /// <summary>
    /// The Latin half of JIS X 0201. Its yen sign and overline stand where ASCII has backslash and tilde; they are taken
    /// for these, as everyone does who writes a path or splits values.
    /// </summary>
    public static CodeTable JisRoman { get; } = OneByte(14, "(J", 20127, isG1: false);

    public static CodeTable Katakana { get; } = new(13, ")I", isG1: true, isTwoByte: false, () =>
        string.Create(0x60, 0, (text, _) =>
        {
            text.Fill('\uFFFD');
            for (var code = 0x21; code <= 0x5F; code++) text[code - 0x20] = (char)(0xFF40 + code);
        }));

    /// <summary>Every set that an escape sequence can designate.</summary>
    public static IReadOnlyList<CodeTable> All { get; } =
    [
        Ascii, JisRoman, Katakana,
        OneByte(100, "-A", 28591), OneByte(101, "-B", 28592), OneByte(109, "-C", 28593), OneByte(110, "-D", 28594),
        OneByte(144, "-L", 28595), OneByte(127, "-G", 28596), OneByte(126, "-F", 28597), OneByte(138, "-H", 28598),
        OneByte(148, "-M", 28599), OneByte(203, "-b", 28605), OneByte(166, "-T", 874),
        TwoByte(87, "$B", isG1: false, 20932, 0x80), TwoByte(159, "$(D", isG1: false, 20932, 0x00),
        TwoByte(149, "$)C", isG1: true, 949, 0x80), TwoByte(58, "$)A", isG1: true, 20936, 0x80),
    ];

    public static CodeTable? Find(int number) => All.FirstOrDefault(t => t.Number == number);

    /// <summary>U+FFFD when there is no such character. The high bit does not matter.</summary>
    public char Decode(byte code) => _characters.Value[(code & 0x7F) - 0x20];

    /// <inheritdoc cref="Decode(byte)"/>
    public char Decode(byte first, byte second) => _characters.Value[((first & 0x7F) - First) * Width + (second & 0x7F) - First];

    /// <summary>One of the bytes of a character of two.</summary>
    public bool IsPart(byte code) => code >= 0x80 == IsG1 && (code & 0x7F) is >= First and <= Last;

    /// <summary>The code of one or two bytes, as in G0.</summary>
    public bool TryEncode(char character, out ushort code) => _codes.Value.TryGetValue(character, out code);

    private FrozenDictionary<char, ushort> Codes()
    {
        var codes = new Dictionary<char, ushort>();
        for (var i = 0; i < _characters.Value.Length; i++)
        {
            var code = IsTwoByte ? (i / Width + First) << 8 | (i % Width + First) : i + 0x20;
            if (_characters.Value[i] != '\uFFFD') codes.TryAdd(_characters.Value[i], (ushort)code);
        }
        return codes.ToFrozenDictionary();
    }

    private static CodeTable OneByte(int number, string escape, int codePage, bool isG1 = true) =>
        new(number, escape, isG1, isTwoByte: false, () => Characters(codePage, Enumerable.Range(0x20, 0x60).Select(c => new[] { (byte)(isG1 ? c | 0x80 : c) })));

    /// <param name="number">In the ISO registry.</param>
    /// <param name="escape">Behind ESC.</param>
    /// <param name="isG1">Designated to G1.</param>
    /// <param name="codePage">One that holds the set in two bytes.</param>
    /// <param name="secondBit">The high bit of the second byte there: code page 20932 tells JIS X 0212 from 0208 by it.</param>
    private static CodeTable TwoByte(int number, string escape, bool isG1, int codePage, int secondBit) =>
        new(number, escape, isG1, isTwoByte: true, () => Characters(codePage,
            from a in Enumerable.Range(First, Width)
            from b in Enumerable.Range(First, Width)
            select new[] { (byte)(a | 0x80), (byte)(b | secondBit) }));

    private static string Characters(int codePage, IEnumerable<byte[]> codes)
    {
        var encoding = CodePages.Get(codePage);
        // Code pages fill gaps with characters for private use.
        return string.Concat(codes.Select(c => encoding.GetString(c)).Select(s => s.Length == 1 && s[0] is not (>= '\uE000' and <= '\uF8FF') ? s[0] : '\uFFFD'));
    }
}
