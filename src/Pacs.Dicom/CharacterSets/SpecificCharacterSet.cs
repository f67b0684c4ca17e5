using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Unicode;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.CharacterSets;

/// <summary>The encoding of a data set's text: the value of (0008,0005) (PS3.3 §C.12.1.1.2, PS3.5 §6.1).</summary>
public sealed class SpecificCharacterSet
{
    public static readonly Tag Tag = new(0x00080005);

    private const byte Escape = 0x1B;

    /// <summary>Values longer than this, and more values than this, are not remembered: a peer could send any number of them.</summary>
    private const int MaxCached = 256;

    private static readonly ConcurrentDictionary<string, SpecificCharacterSet> Cache = new();
    private static readonly ConcurrentDictionary<string, SpecificCharacterSet>.AlternateLookup<ReadOnlySpan<char>> CacheBySpan = Cache.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>What a byte of JIS X 0201 can be; others in a value that claims to be in it are Shift JIS.</summary>
    private static readonly SearchValues<byte> JisX0201 = SearchValues.Create([.. Enumerable.Range(0, 0x80).Concat(Enumerable.Range(0xA1, 0x3F)).Select(b => (byte)b)]);

    private static readonly Lazy<Encoding> ShiftJis = new(() => CodePages.Get(932));

    private readonly Encoding? _encoding;
    private readonly Iso2022? _iso2022;
    private readonly bool _isJisX0201;

    /// <summary>Some of its terms are defined ones; a value that nobody knows is not worth remembering.</summary>
    private readonly bool _isKnown;

    private SpecificCharacterSet(IReadOnlyList<string> definedTerms, Encoding encoding) =>
        (DefinedTerms, _encoding, _isKnown) = (definedTerms, encoding, true);

    private SpecificCharacterSet(IReadOnlyList<string> definedTerms, Iso2022 iso2022, bool isJisX0201 = false, bool isKnown = true) =>
        (DefinedTerms, _iso2022, _isJisX0201, _isKnown) = (definedTerms, iso2022, isJisX0201, isKnown);

    /// <summary>ISO IR 6, ASCII: no (0008,0005) at all.</summary>
    public static SpecificCharacterSet Default { get; } = new([], new Iso2022(CodeTable.Ascii, null, []));

    /// <summary>ISO_IR 192, UTF-8.</summary>
    public static SpecificCharacterSet Utf8 { get; } = new(["ISO_IR 192"], Encoding.UTF8);

    /// <summary>The defined terms, as the value of (0008,0005).</summary>
    public IReadOnlyList<string> DefinedTerms { get; }

    /// <summary>
    /// Never fails: an unknown defined term decodes as the default repertoire does. Spellings of the field are understood
    /// ("ISO-IR 100", "ISO 2022 IR 100" alone, "UTF-8", lower case). Costs a look-up.
    /// </summary>
    public static SpecificCharacterSet Parse(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \0"u8);
        if (value.IsEmpty) return Default;
        if (value.SequenceEqual("ISO_IR 192"u8)) return Utf8;
        if (value.Length > MaxCached) return Create(Encoding.Latin1.GetString(value));
        Span<char> key = stackalloc char[MaxCached];
        key = key[..Encoding.Latin1.GetChars(value, key)];
        if (CacheBySpan.TryGetValue(key, out var known)) return known;
        var text = key.ToString();
        var created = Create(text);
        if (!created._isKnown) return created;
        // Many spellings of one sender do not keep out for good what all others send.
        if (Cache.Count >= MaxCached) Cache.Clear();
        return Cache.GetOrAdd(text, created);
    }

    /// <summary>
    /// Never fails: what cannot be decoded becomes U+FFFD. Padding and backslashes stay; a backslash in the result separates values
    /// (it never is the second byte of a character). Text beyond ASCII under no character set at all is taken for UTF-8 when it
    /// is well-formed, else for Latin-1: real files have it.
    /// </summary>
    public string Decode(ReadOnlySpan<byte> bytes, Vr vr)
    {
        if (Ascii.IsValid(bytes) && !bytes.Contains(Escape)) return Encoding.ASCII.GetString(bytes);
        if (_encoding is not null) return _encoding.GetString(bytes);
        if (bytes.Contains(Escape)) return _iso2022!.Decode(bytes, vr);
        if (_isJisX0201 && bytes.ContainsAnyExcept(JisX0201)) return ShiftJis.Value.GetString(bytes);
        if (_iso2022!.HasG1) return _iso2022.Decode(bytes, vr);
        return (System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
    }

    /// <summary>Text of any VR as well-formed UTF-8; nearly all there is needs no copy. What uses no character set is ASCII, or else taken for Latin-1.</summary>
    internal ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> bytes, Vr vr)
    {
        if (Ascii.IsValid(bytes) && !bytes.Contains(Escape)) return bytes;
        if (!vr.UsesSpecificCharacterSet) return Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(bytes));
        if (this == Utf8 && System.Text.Unicode.Utf8.IsValid(bytes)) return bytes;
        return Encoding.UTF8.GetBytes(Decode(bytes, vr));
    }

    /// <summary>The way back from <see cref="ToUtf8"/> under <see cref="Utf8"/>; false where the VR uses no character set and the text has more than Latin-1.</summary>
    internal static bool TryFromUtf8(ReadOnlySpan<byte> utf8, Vr vr, out ReadOnlySpan<byte> bytes)
    {
        bytes = utf8;
        if (vr.UsesSpecificCharacterSet || Ascii.IsValid(utf8)) return true;
        var text = Encoding.UTF8.GetString(utf8);
        bytes = Encoding.Latin1.GetBytes(text);
        return text.AsSpan().IndexOfAnyExceptInRange('\0', '\xFF') < 0;
    }

    /// <summary>Whether every character can be written.</summary>
    public bool CanEncode(string text)
    {
        if (IsPlain(text)) return true;
        if (_encoding is null) return _iso2022!.TryEncode(text, Vr.LT, []);
        return _encoding is UTF8Encoding || _encoding.GetString(_encoding.GetBytes(text)) == text;
    }

    /// <summary>With escape sequences where they are needed. What the set cannot hold is written as "?".</summary>
    public byte[] Encode(string text, Vr vr)
    {
        if (IsPlain(text)) return Encoding.ASCII.GetBytes(text);
        if (_encoding is not null) return _encoding.GetBytes(text);
        var bytes = new List<byte>(text.Length + 8);
        _iso2022!.TryEncode(text, vr, bytes);
        return [.. bytes];
    }

    public override string ToString() => string.Join('\\', DefinedTerms);

    /// <summary>ASCII without escape sequences: the same in every set.</summary>
    private static bool IsPlain(string text) => Ascii.IsValid(text) && !text.Contains((char)Escape);

    private static SpecificCharacterSet Create(string value)
    {
        string[] terms = [.. value.Split('\\').Select(t => t.Trim(' ', '\0'))];
        int[] numbers = [.. terms.Select(NumberOf)];
        if (numbers.Contains(192)) return terms is ["ISO_IR 192"] ? Utf8 : new(terms, Encoding.UTF8);
        if (numbers.Contains(Gb18030)) return new(terms, CodePages.Get(Gb18030));
        if (numbers.Contains(Gbk)) return new(terms, CodePages.Get(Gbk));

        var first = numbers[0] == 13 ? CodeTable.Katakana : CodeTable.Find(numbers[0]);
        // The first term has to be a set of one byte; where it is not, it is an extension of the default repertoire.
        var initialG1 = first is { IsG1: true, IsTwoByte: false } ? first : null;
        var initialG0 = first is { Number: 13 or 14 } ? CodeTable.JisRoman : CodeTable.Ascii;
        CodeTable[] extensions = [.. numbers.SelectMany(TablesOf).Where(t => t != initialG1 && t != initialG0).Distinct()];
        return new(terms, new Iso2022(initialG0, initialG1, extensions), numbers[0] == 13, numbers.Any(n => n != 0));
    }

    private const int Gb18030 = 54936, Gbk = 936;

    /// <summary>The number in the ISO registry, the code page of the two sets that are not there, or 0.</summary>
    private static int NumberOf(string term)
    {
        var key = string.Concat(term.ToUpperInvariant().Where(char.IsAsciiLetterOrDigit));
        switch (key)
        {
            case "UTF8" or "UNICODE": return 192;
            case "GB18030" or "ISOIRGB18030": return Gb18030;
            case "GBK" or "ISOIRGBK" or "GB2312": return Gbk;
            case "LATIN1" or "ISO88591": return 100;
        }
        var digits = key.AsSpan(key.AsSpan().TrimEnd("0123456789").Length);
        return key.StartsWith("ISO", StringComparison.Ordinal) && key.AsSpan(0, key.Length - digits.Length).EndsWith("IR") && digits.Length is > 0 and < 4
            ? int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    private static IEnumerable<CodeTable> TablesOf(int number) =>
        number == 13 ? [CodeTable.JisRoman, CodeTable.Katakana] : CodeTable.Find(number) is { } table ? [table] : [];
}
