using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Pacs.Storage.Changes;

/// <summary>
/// What clients go on from: a place, and the server that it is of. Transactions are numbered by each database server anew,
/// and a restored one has forgotten some: a place of another tells nothing.
/// </summary>
/// <param name="Server">As <see cref="Identity"/> makes it.</param>
/// <param name="Place">The last change that was told.</param>
internal readonly record struct ChangeCursor(ulong Server, ChangePlace Place)
{
    private const int Length = 24;

    /// <summary>A number for a server, of what it says of itself.</summary>
    public static ulong Identity(string server) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(server)));

    /// <summary>Null when it is none.</summary>
    public static ChangeCursor? Parse(string text)
    {
        if (text.Length != Base64Url.GetEncodedLength(Length) || !Base64Url.IsValid(text, out var length) || length != Length) return null;
        Span<byte> bytes = stackalloc byte[Length];
        Base64Url.DecodeFromChars(text, bytes);
        return new ChangeCursor(
            BinaryPrimitives.ReadUInt64BigEndian(bytes), new ChangePlace(BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadInt64BigEndian(bytes[16..])));
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Server);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Place.Transaction);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], Place.Id);
        return Base64Url.EncodeToString(bytes);
    }
}
