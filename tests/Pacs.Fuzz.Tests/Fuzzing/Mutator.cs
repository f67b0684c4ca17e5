using System.Buffers.Binary;

namespace Pacs.Fuzz.Tests.Fuzzing;

/// <summary>Makes inputs that are nearly in order out of ones that are.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> tokens)
{
    private const int MaxLength = 64 * 1024;

    private static readonly byte[] Bytes = [0, 1, 2, 0x0A, 0x0D, 0x1B, 0x20, 0x22, 0x2D, 0x5C, 0x5E, 0x7F, 0x80, 0xFE, 0xFF];
    private static readonly uint[] Numbers = [0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x10000, 0xFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF];

    public byte[] Mutate(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (var count = 1 + random.Next(4); count > 0; count--) Step(bytes, other);
        if (bytes.Count > MaxLength) bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        return [.. bytes];
    }

    private void Step(List<byte> bytes, byte[] other)
    {
        switch (random.Next(11))
        {
            case 0 when bytes.Count > 0: bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8)); break;
            case 1 when bytes.Count > 0: bytes[random.Next(bytes.Count)] = Bytes[random.Next(Bytes.Length)]; break;
            case 2 when bytes.Count > 0: bytes[random.Next(bytes.Count)] = (byte)random.Next(256); break;
            case 3: OverwriteNumber(bytes); break;
            case 4: bytes.InsertRange(random.Next(bytes.Count + 1), RandomBytes()); break;
            case 5: Remove(bytes); break;
            case 6: bytes.InsertRange(random.Next(bytes.Count + 1), Range(bytes)); break;
            case 7: Overwrite(bytes, [.. Range(bytes)]); break;
            case 8: bytes.InsertRange(random.Next(bytes.Count + 1), Range(other)); break;
            case 9: Truncate(bytes); break;
            case 10 when tokens.Count > 0: StrewToken(bytes); break;
        }
    }

    /// <summary>A length or count that lies: two or four bytes, either way round.</summary>
    private void OverwriteNumber(List<byte> bytes)
    {
        var number = random.Next(3) == 0 ? (uint)(bytes.Count + random.Next(-8, 9)) : Numbers[random.Next(Numbers.Length)];
        var field = new byte[4];
        if (random.Next(2) == 0) BinaryPrimitives.WriteUInt32BigEndian(field, number);
        else BinaryPrimitives.WriteUInt32LittleEndian(field, number);
        if (random.Next(2) == 0) field = random.Next(2) == 0 ? field[..2] : field[2..];
        Overwrite(bytes, field);
    }

    private void StrewToken(List<byte> bytes)
    {
        var token = tokens[random.Next(tokens.Count)];
        if (random.Next(2) == 0) Overwrite(bytes, token);
        else bytes.InsertRange(random.Next(bytes.Count + 1), token);
    }

    private void Overwrite(List<byte> bytes, byte[] with)
    {
        if (bytes.Count < with.Length) return;
        var at = random.Next(bytes.Count - with.Length + 1);
        for (var i = 0; i < with.Length; i++) bytes[at + i] = with[i];
    }

    private void Remove(List<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(32)));
    }

    private void Truncate(List<byte> bytes)
    {
        var length = random.Next(bytes.Count + 1);
        bytes.RemoveRange(length, bytes.Count - length);
    }

    private byte[] RandomBytes()
    {
        var bytes = new byte[random.Next(1, 16)];
        random.NextBytes(bytes);
        return bytes;
    }

    private List<byte> Range(IReadOnlyList<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        return [.. bytes.Skip(at).Take(random.Next(Math.Min(bytes.Count - at, 256) + 1))];
    }
}
