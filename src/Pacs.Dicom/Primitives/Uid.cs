using System.Buffers;
using System.Globalization;

namespace Pacs.Dicom.Primitives;

/// <summary>Rules of unique identifiers (PS3.5 §9).</summary>
public static class Uid
{
    /// <summary>Characters of the longest UID.</summary>
    public const int MaxLength = 64;

    private static readonly SearchValues<char> Harmless =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-");

    /// <summary>As the standard has it: 1 to 64 characters, numbers without leading zeros, separated by single dots.</summary>
    public static bool IsValid(ReadOnlySpan<char> uid)
    {
        if (uid.Length is 0 or > MaxLength) return false;
        foreach (var range in uid.Split('.'))
        {
            var component = uid[range];
            if (component.IsEmpty || component is ['0', _, ..] || component.ContainsAnyExceptInRange('0', '9')) return false;
        }
        return true;
    }

    /// <summary>
    /// As an archive has to take it: 1 to 64 letters, digits, dots, hyphens and underscores, at least one of them no dot.
    /// Objects in the field have leading zeros, letters and worse; to refuse them would be to lose them.
    /// </summary>
    public static bool IsAcceptable(ReadOnlySpan<char> uid) =>
        uid.Length is > 0 and <= MaxLength && !uid.ContainsAnyExcept(Harmless) && uid.ContainsAnyExcept('.');

    /// <summary>A new UID under 2.25, made of a random UUID (PS3.5 §B.2).</summary>
    public static string Generate() => FromUuid(Guid.NewGuid());

    /// <summary>The UID under 2.25 of a UUID (PS3.5 §B.2).</summary>
    public static string FromUuid(Guid uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return string.Create(CultureInfo.InvariantCulture, $"2.25.{System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes)}");
    }
}
