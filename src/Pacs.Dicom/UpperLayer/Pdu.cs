namespace Pacs.Dicom.UpperLayer;

/// <summary>
/// A protocol data unit of the upper layer (PS3.8 §9.3). All begin alike, numbers big endian:
/// <code>
/// 0      1          2              6
/// | type | reserved | length (u32) | variable field of that length
/// </code>
/// </summary>
public abstract record Pdu
{
    private protected Pdu() { }

    public abstract PduType Type { get; }
}
