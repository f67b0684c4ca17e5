namespace Pacs.Dicom.UpperLayer;

/// <summary>What a PDU may declare. Held against its length field before anything of it is kept.</summary>
public sealed record PduLimits
{
    public static PduLimits Default { get; } = new();

    /// <summary>Variable field of a P-DATA-TF, in bytes: the maximum length that was told to the peer. Default 131,072.</summary>
    public uint MaxPDataLength { get; init; } = 128 * 1024;

    /// <summary>Variable field of an A-ASSOCIATE-RQ or -AC, in bytes. Default 512 KiB: 128 contexts of 40 transfer syntaxes and a 64 KiB identity token fit.</summary>
    public uint MaxAssociateLength { get; init; } = 512 * 1024;
}
