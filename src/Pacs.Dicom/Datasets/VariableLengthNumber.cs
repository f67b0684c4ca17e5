using System.Buffers;

namespace Pacs.Dicom.Datasets;

/// <summary>Numbers from 0 to 2^63-1 in LEB128: seven bits a byte, lowest first, the eighth bit telling that more follow.</summary>
internal static class VariableLengthNumber
{
    private const int MaxLength = 9;

    public static void Write(IBufferWriter<byte> output, long number)
    {
        var span = output.GetSpan(MaxLength);
        var length = 0;
        for (; number >= 0x80; number >>= 7) span[length++] = (byte)(number | 0x80);
        span[length++] = (byte)number;
        output.Advance(length);
    }

    /// <summary>False when the bytes end within the number or it is too long.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out long number, out int length)
    {
        number = 0;
        for (length = 0; length < bytes.Length && length < MaxLength;)
        {
            var next = bytes[length];
            number |= (long)(next & 0x7F) << (7 * length++);
            if (next < 0x80) return true;
        }
        return false;
    }
}
