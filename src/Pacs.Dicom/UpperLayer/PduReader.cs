using System.Diagnostics.CodeAnalysis;

namespace Pacs.Dicom.UpperLayer;

/// <summary>Reads PDUs (PS3.8 §9.3): pure, over bytes that are there.</summary>
public static partial class PduReader
{
    /// <summary>Reads one PDU from the front of the buffer; false, and nothing consumed, when more bytes are needed.</summary>
    /// <exception cref="PduException">The bytes are no PDU, or one over the limits.</exception>
    public static bool TryRead(ReadOnlySpan<byte> buffer, PduLimits limits, [NotNullWhen(true)] out Pdu? pdu, out int consumed)
    {
        (pdu, consumed) = (null, 0);
        if (!PduHeader.TryRead(buffer, limits, out var header)) return false;
        if (buffer.Length - PduHeader.Size < header.Length) return false;

        consumed = PduHeader.Size + (int)header.Length;
        var body = buffer[PduHeader.Size..consumed];
        pdu = header.Type switch
        {
            PduType.AAssociateRq => ReadAssociateRq(new ItemReader(body)),
            PduType.AAssociateAc => ReadAssociateAc(new ItemReader(body)),
            PduType.AAssociateRj => new AAssociateRj(new Rejection(body[1], body[2], body[3])),
            PduType.PDataTf => ReadPData(header, body),
            PduType.AReleaseRq => new AReleaseRq(),
            PduType.AReleaseRp => new AReleaseRp(),
            _ => new AAbort((AbortSource)body[2], (AbortReason)body[3]),
        };
        return true;
    }

    private static PDataTf ReadPData(PduHeader header, ReadOnlySpan<byte> body)
    {
        ReadOnlyMemory<byte> rest = body.ToArray();
        var reader = new PDataReader();
        reader.Begin(header);
        var values = new List<PresentationDataValue>();
        while (reader.TryRead(ref rest, out var value)) values.Add(value);
        return new PDataTf(values);
    }
}
