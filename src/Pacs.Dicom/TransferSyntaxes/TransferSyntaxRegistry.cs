using System.Collections.Frozen;
using Pacs.Dicom.Dictionaries;

namespace Pacs.Dicom.TransferSyntaxes;

/// <summary>The transfer syntaxes of PS3.6 Annex A, by UID.</summary>
public static class TransferSyntaxRegistry
{
    public static TransferSyntax ImplicitVrLittleEndian { get; } = new(Uids.ImplicitVRLittleEndian, "Implicit VR Little Endian") { IsExplicitVr = false };
    public static TransferSyntax ExplicitVrLittleEndian { get; } = new(Uids.ExplicitVRLittleEndian, "Explicit VR Little Endian");
    public static TransferSyntax DeflatedExplicitVrLittleEndian { get; } = new(Uids.DeflatedExplicitVRLittleEndian, "Deflated Explicit VR Little Endian") { IsDeflated = true };
    public static TransferSyntax ExplicitVrBigEndian { get; } = new(Uids.ExplicitVRBigEndian, "Explicit VR Big Endian") { IsBigEndian = true, IsRetired = true };

    private static readonly FrozenDictionary<string, TransferSyntax> ByUid =
        new[] { ImplicitVrLittleEndian, ExplicitVrLittleEndian, DeflatedExplicitVrLittleEndian, ExplicitVrBigEndian }.ToFrozenDictionary(t => t.Uid);

    /// <summary>Every transfer syntax that a composite object may be stored in.</summary>
    public static IReadOnlyCollection<TransferSyntax> All => ByUid.Values;

    public static bool TryGet(string uid, out TransferSyntax transferSyntax) => ByUid.TryGetValue(uid, out transferSyntax!);

    /// <summary>The registered one, or for a private or later UID one that is read as encapsulated Explicit VR Little Endian.</summary>
    public static TransferSyntax GetOrAssume(string uid) =>
        TryGet(uid, out var known) ? known : new TransferSyntax(uid, uid) { IsEncapsulated = true };
}
