using System.Globalization;

namespace Pacs.Dicom.Primitives;

/// <summary>A data element tag (PS3.5 §7.1): group and element number, ordered as data sets are.</summary>
public readonly record struct Tag(ushort Group, ushort Element) : IComparable<Tag>
{
    public Tag(uint value) : this((ushort)(value >> 16), (ushort)value) { }

    /// <summary>Group in the upper, element in the lower 16 bits.</summary>
    public uint Value => ((uint)Group << 16) | Element;

    /// <summary>An odd group holds private elements (PS3.5 §7.8).</summary>
    public bool IsPrivate => (Group & 1) != 0;

    /// <summary>A private creator element (gggg,0010)–(gggg,00FF) (PS3.5 §7.8.1).</summary>
    public bool IsPrivateCreator => IsPrivate && Element is >= 0x0010 and <= 0x00FF;

    /// <summary>A group length (gggg,0000): retired outside groups 0000 and 0002.</summary>
    public bool IsGroupLength => Element == 0;

    public static bool operator <(Tag left, Tag right) => left.Value < right.Value;
    public static bool operator >(Tag left, Tag right) => left.Value > right.Value;
    public static bool operator <=(Tag left, Tag right) => left.Value <= right.Value;
    public static bool operator >=(Tag left, Tag right) => left.Value >= right.Value;

    public int CompareTo(Tag other) => Value.CompareTo(other.Value);

    /// <summary>Reads the eight hexadecimal digits of DICOM JSON and of QIDO-RS ("00100020").</summary>
    public static bool TryParseHex(ReadOnlySpan<char> text, out Tag tag)
    {
        var ok = uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && text.Length == 8;
        tag = ok ? new Tag(value) : default;
        return ok;
    }

    /// <summary>Eight upper-case hexadecimal digits: "00100020".</summary>
    public string ToHex() => Value.ToString("X8", CultureInfo.InvariantCulture);

    /// <summary>"(0010,0020)".</summary>
    public override string ToString() => $"({Group:X4},{Element:X4})";
}
