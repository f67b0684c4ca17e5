using System.Text;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.CharacterSets;

/// <summary>Text with code extensions (PS3.5 §6.1.2.5): a set in G0, another in G1, changed by escape sequences.</summary>
/// <param name="initialG0">Active at the start of each value, component and line.</param>
/// <param name="initialG1">Likewise; null when the first defined term has none.</param>
/// <param name="extensions">What escape sequences may designate when writing; read is every one of the standard.</param>
internal sealed class Iso2022(CodeTable initialG0, CodeTable? initialG1, IReadOnlyList<CodeTable> extensions)
{
    private const byte Escape = 0x1B;

    /// <summary>What high bytes mean where no set was designated, as in files whose writers forget to.</summary>
    private readonly CodeTable? _assumedG1 = initialG1 ?? extensions.FirstOrDefault(t => t.IsG1);

    /// <summary>High bytes mean something even without an escape sequence.</summary>
    public bool HasG1 => _assumedG1 is not null;

    public string Decode(ReadOnlySpan<byte> bytes, Vr vr)
    {
        var text = new StringBuilder(bytes.Length);
        var (g0, g1) = (initialG0, _assumedG1);
        while (!bytes.IsEmpty)
        {
            var code = bytes[0];
            var length = 1;
            if (code == Escape)
            {
                if (Designated(bytes) is { } table)
                {
                    if (table.IsG1) g1 = table;
                    else g0 = table;
                    length = table.Escape.Length;
                }
                else
                {
                    text.Append('\uFFFD');
                }
            }
            else if (code < 0x20)
            {
                if (IsControlThatResets(code)) (g0, g1) = (initialG0, initialG1 ?? g1);
                text.Append((char)code);
            }
            else if ((code < 0x80 ? g0 : g1) is not { } active)
            {
                text.Append('\uFFFD');
            }
            else if (active.IsTwoByte && active.IsPart(code))
            {
                var isWhole = bytes.Length > 1 && active.IsPart(bytes[1]);
                text.Append(isWhole ? active.Decode(code, bytes[1]) : '\uFFFD');
                if (isWhole) length = 2;
            }
            else if (code is >= 0x80 and < 0xA0 or 0x7F || active.IsTwoByte)
            {
                text.Append(code < 0xA0 ? (char)code : '\uFFFD');
            }
            else
            {
                text.Append(active.Decode(code));
                if (IsDelimiter(code, vr)) (g0, g1) = (initialG0, initialG1 ?? g1);
            }
            bytes = bytes[length..];
        }
        return text.ToString();
    }

    /// <summary>
    /// Writes "?" for what no set holds, and is false then. So it is for ESC, which would begin an escape sequence, and for the
    /// controls above ASCII, which no set of the standard has (PS3.5 §6.1.3).
    /// </summary>
    public bool TryEncode(string text, Vr vr, List<byte> bytes)
    {
        var isWhole = true;
        var (g0, g1) = (initialG0, initialG1);
        foreach (var rune in text.EnumerateRunes())
        {
            var character = rune.IsBmp ? (char)rune.Value : '\uFFFF';
            if (character < 0x80 && (IsControlThatResets((byte)character) || IsDelimiter((byte)character, vr)))
            {
                // PS3.5 §6.1.2.5.3: what the first defined term says is active again before a delimiter.
                if (g0 != initialG0) bytes.AddRange(initialG0.Escape);
                if (g1 != initialG1 && initialG1 is not null) bytes.AddRange(initialG1.Escape);
                (g0, g1) = (initialG0, initialG1);
            }
            if (character is < ' ' and not (char)Escape or '\x7F')
            {
                bytes.Add((byte)character);
                continue;
            }
            if (!TryFind(character, g0, g1, out var table, out var code))
            {
                isWhole = false;
                (table, code) = (initialG0, '?');
            }
            if (table != g0 && table != g1)
            {
                bytes.AddRange(table.Escape);
                if (table.IsG1) g1 = table;
                else g0 = table;
            }
            var high = table.IsG1 ? 0x80 : 0;
            if (table.IsTwoByte) bytes.Add((byte)(code >> 8 | high));
            bytes.Add((byte)(code & 0xFF | high));
        }
        if (g0 != initialG0) bytes.AddRange(initialG0.Escape);
        return isWhole;
    }

    /// <summary>The active sets first, so that no escape sequence is written without need.</summary>
    private bool TryFind(char character, CodeTable g0, CodeTable? g1, out CodeTable found, out ushort code)
    {
        found = g0;
        if (g0.TryEncode(character, out code)) return true;
        if (g1 is not null && g1.TryEncode(character, out code))
        {
            found = g1;
            return true;
        }
        foreach (var table in (ReadOnlySpan<CodeTable?>)[initialG0, initialG1, .. extensions])
        {
            if (table is null || !table.TryEncode(character, out code)) continue;
            found = table;
            return true;
        }
        return false;
    }

    private static CodeTable? Designated(ReadOnlySpan<byte> bytes)
    {
        foreach (var table in CodeTable.All)
            if (bytes.StartsWith(table.Escape)) return table;
        return null;
    }

    private static bool IsControlThatResets(byte code) => code is (byte)'\t' or (byte)'\n' or (byte)'\f' or (byte)'\r';

    private static bool IsDelimiter(byte code, Vr vr) => code switch
    {
        (byte)'\\' => vr.IsMultiValuedText,
        (byte)'^' or (byte)'=' => vr == Vr.PN,
        _ => false,
    };
}
