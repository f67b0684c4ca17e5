using System.Buffers.Binary;

namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// Reads the presentation data values of P-DATA-TF PDUs (PS3.8 §9.3.5) as their bytes arrive, without waiting for a whole
/// PDU and without copying: a value may come in several parts.
/// </summary>
public sealed class PDataReader
{
    private uint _pduRemaining;
    private uint _valueRemaining;
    private byte _contextId;
    private byte _control;

    /// <summary>Bytes of a PDU are still to come.</summary>
    public bool IsWithinPdu => _pduRemaining > 0;

    /// <summary>A P-DATA-TF header was read.</summary>
    public void Begin(PduHeader header) => _pduRemaining = header.Length;

    /// <summary>
    /// Takes the next part of a value off the front of the buffer; false when more bytes are needed or the PDU has ended.
    /// <see cref="PresentationDataValue.IsLast"/> is true only with the last byte.
    /// </summary>
    /// <exception cref="PduException">Values and PDU do not fit each other.</exception>
    public bool TryRead(ref ReadOnlyMemory<byte> buffer, out PresentationDataValue part)
    {
        part = default;
        if (_valueRemaining == 0 && !TryBeginValue(ref buffer)) return false;
        if (_valueRemaining > 0 && buffer.IsEmpty) return false;

        var length = (int)Math.Min(_valueRemaining, (uint)buffer.Length);
        _valueRemaining -= (uint)length;
        _pduRemaining -= (uint)length;
        var isLast = _valueRemaining == 0 && (_control & PresentationDataValue.LastFlag) != 0;
        part = new PresentationDataValue(_contextId, (_control & PresentationDataValue.CommandFlag) != 0, isLast, buffer[..length]);
        buffer = buffer[length..];
        return true;
    }

    private bool TryBeginValue(ref ReadOnlyMemory<byte> buffer)
    {
        const int countedHeader = 2;
        if (_pduRemaining == 0 || buffer.Length < PresentationDataValue.HeaderLength && _pduRemaining >= PresentationDataValue.HeaderLength) return false;
        if (_pduRemaining < PresentationDataValue.HeaderLength)
            throw new PduException($"{_pduRemaining} bytes are left in a P-DATA-TF: too few for a value.", AbortReason.InvalidPduParameterValue);

        var header = buffer.Span;
        var length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length < countedHeader || length > _pduRemaining - sizeof(uint))
            throw new PduException($"A presentation data value declares {length} bytes where {_pduRemaining - sizeof(uint)} are left in its PDU.", AbortReason.InvalidPduParameterValue);

        _valueRemaining = length - countedHeader;
        (_contextId, _control) = (header[4], header[5]);
        _pduRemaining -= PresentationDataValue.HeaderLength;
        buffer = buffer[PresentationDataValue.HeaderLength..];
        return true;
    }
}
