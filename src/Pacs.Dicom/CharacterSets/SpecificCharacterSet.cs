using System.Text;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.CharacterSets;

/// <summary>The encoding of a data set's text: the value of (0008,0005) (PS3.3 §C.12.1.1.2, PS3.5 §6.1).</summary>
public sealed class SpecificCharacterSet
{
    public static readonly Tag Tag = new(0x00080005);

    /// <summary>ISO IR 6, ASCII: no (0008,0005) at all.</summary>
    public static SpecificCharacterSet Default { get; } = new();

    /// <summary>ISO_IR 192, UTF-8.</summary>
    public static SpecificCharacterSet Utf8 { get; } = new();

    /// <summary>Never fails: an unknown defined term decodes as the default repertoire does.</summary>
    public static SpecificCharacterSet Parse(ReadOnlySpan<byte> value) => value.StartsWith("ISO_IR 192"u8) ? Utf8 : Default;

    /// <summary>The defined terms, as the value of (0008,0005).</summary>
    public IReadOnlyList<string> DefinedTerms => this == Utf8 ? ["ISO_IR 192"] : [];

    /// <summary>Never fails: what cannot be decoded becomes U+FFFD. Padding and backslashes stay.</summary>
    public string Decode(ReadOnlySpan<byte> bytes, Vr vr) => (this == Utf8 ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);

    /// <summary>Whether every character can be written.</summary>
    public bool CanEncode(string text) => this == Utf8 || text.All(char.IsAscii);

    /// <summary>What the set cannot hold is written as "?".</summary>
    public byte[] Encode(string text, Vr vr) => (this == Utf8 ? Encoding.UTF8 : Encoding.ASCII).GetBytes(text);
}
