using System.Buffers.Binary;

namespace Pacs.Dicom.UpperLayer;

/// <summary>The first six bytes of every PDU (PS3.8 §9.3.1), checked.</summary>
public readonly record struct PduHeader(PduType Type, uint Length)
{
    public const int Size = 6;

    private const uint FixedLength = 4;

    /// <summary>False when more bytes are needed. A wrong type is noticed at the first byte, a wrong length at the sixth.</summary>
    /// <exception cref="PduException">No PDU begins like this, or its length is over a limit.</exception>
    public static bool TryRead(ReadOnlySpan<byte> buffer, PduLimits limits, out PduHeader header)
    {
        header = default;
        if (buffer.IsEmpty) return false;
        var type = (PduType)buffer[0];
        if (!Enum.IsDefined(type)) throw new PduException($"{buffer[0]:X2}H is not the type of a PDU: what came is not DICOM, or not as both sides understand it (TLS on one side only?).", AbortReason.UnrecognizedPdu);
        if (buffer.Length < Size) return false;

        var length = BinaryPrimitives.ReadUInt32BigEndian(buffer[2..]);
        var (least, most) = type switch
        {
            PduType.AAssociateRq or PduType.AAssociateAc => (0u, limits.MaxAssociateLength),
            PduType.PDataTf => (0u, limits.MaxPDataLength),
            _ => (FixedLength, FixedLength),
        };
        if (length < least || length > most)
            throw new PduException($"{type} declares {length} bytes; {least} to {most} are allowed.", AbortReason.InvalidPduParameterValue);
        header = new PduHeader(type, length);
        return true;
    }
}
