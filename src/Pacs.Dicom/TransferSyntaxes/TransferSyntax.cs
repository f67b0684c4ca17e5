namespace Pacs.Dicom.TransferSyntaxes;

/// <summary>How a data set is encoded (PS3.5 §10, Annex A). Every registered one and, read as Explicit VR Little Endian encapsulated, unknown ones.</summary>
public sealed record TransferSyntax(string Uid, string Name)
{
    /// <summary>Data elements carry their VR.</summary>
    public bool IsExplicitVr { get; init; } = true;

    public bool IsBigEndian { get; init; }

    /// <summary>The data set is one raw deflate stream (PS3.5 §A.5).</summary>
    public bool IsDeflated { get; init; }

    /// <summary>Pixel data is a sequence of fragments (PS3.5 §A.4).</summary>
    public bool IsEncapsulated { get; init; }

    /// <summary>Pixel data is not here but at a JPIP server, named by Pixel Data Provider URL (PS3.5 §A.6).</summary>
    public bool IsReferenced { get; init; }

    /// <summary>Pixel data is one stream in which frames depend on each other (PS3.5 §A.4.5 and after); fragments are no frames.</summary>
    public bool IsVideo { get; init; }

    /// <summary>Pixel data may have lost information.</summary>
    public bool IsLossy { get; init; }

    public bool IsRetired { get; init; }

    /// <summary>Pixel data is here and uncompressed: any such syntax can be re-encoded as any other without touching pixels.</summary>
    public bool IsNative => !IsEncapsulated && !IsReferenced;

    public bool Equals(TransferSyntax? other) => other is not null && Uid == other.Uid;
    public override int GetHashCode() => Uid.GetHashCode(StringComparison.Ordinal);
    public override string ToString() => Name;
}
