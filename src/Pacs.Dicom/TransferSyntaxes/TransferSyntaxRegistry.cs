using System.Collections.Frozen;
using Pacs.Dicom.Dictionaries;

namespace Pacs.Dicom.TransferSyntaxes;

/// <summary>
/// The transfer syntaxes of PS3.6 Annex A that a composite object may be stored in, retired ones included. Left out are
/// those that encode no stored data set: SMPTE ST 2110 (real-time video, PS3.22), MIME and XML encodings (retired).
/// </summary>
public static class TransferSyntaxRegistry
{
    private static readonly TransferSyntax[] Registered =
    [
        new(Uids.ImplicitVRLittleEndian, "Implicit VR Little Endian") { IsExplicitVr = false },
        new(Uids.ExplicitVRLittleEndian, "Explicit VR Little Endian"),
        new(Uids.DeflatedExplicitVRLittleEndian, "Deflated Explicit VR Little Endian") { IsDeflated = true },
        new(Uids.ExplicitVRBigEndian, "Explicit VR Big Endian") { IsBigEndian = true, IsRetired = true },
        new(Uids.Papyrus3ImplicitVRLittleEndian, "Papyrus 3 Implicit VR Little Endian") { IsExplicitVr = false, IsRetired = true },

        Lossless(Uids.EncapsulatedUncompressedExplicitVRLittleEndian, "Encapsulated Uncompressed Explicit VR Little Endian"),
        Lossless(Uids.DeflatedImageFrameCompression, "Deflated Image Frame Compression"),
        Lossless(Uids.RLELossless, "RLE Lossless"),

        Lossy(Uids.JPEGBaseline8Bit, "JPEG Baseline (Process 1)"),
        Lossy(Uids.JPEGExtended12Bit, "JPEG Extended (Process 2 and 4)"),
        Retired(Lossy(Uids.JPEGExtended35, "JPEG Extended (Process 3 and 5)")),
        Retired(Lossy(Uids.JPEGSpectralSelectionNonHierarchical68, "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)")),
        Retired(Lossy(Uids.JPEGSpectralSelectionNonHierarchical79, "JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)")),
        Retired(Lossy(Uids.JPEGFullProgressionNonHierarchical1012, "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)")),
        Retired(Lossy(Uids.JPEGFullProgressionNonHierarchical1113, "JPEG Full Progression, Non-Hierarchical (Process 11 and 13)")),
        Lossless(Uids.JPEGLossless, "JPEG Lossless, Non-Hierarchical (Process 14)"),
        Retired(Lossless(Uids.JPEGLosslessNonHierarchical15, "JPEG Lossless, Non-Hierarchical (Process 15)")),
        Retired(Lossy(Uids.JPEGExtendedHierarchical1618, "JPEG Extended, Hierarchical (Process 16 and 18)")),
        Retired(Lossy(Uids.JPEGExtendedHierarchical1719, "JPEG Extended, Hierarchical (Process 17 and 19)")),
        Retired(Lossy(Uids.JPEGSpectralSelectionHierarchical2022, "JPEG Spectral Selection, Hierarchical (Process 20 and 22)")),
        Retired(Lossy(Uids.JPEGSpectralSelectionHierarchical2123, "JPEG Spectral Selection, Hierarchical (Process 21 and 23)")),
        Retired(Lossy(Uids.JPEGFullProgressionHierarchical2426, "JPEG Full Progression, Hierarchical (Process 24 and 26)")),
        Retired(Lossy(Uids.JPEGFullProgressionHierarchical2527, "JPEG Full Progression, Hierarchical (Process 25 and 27)")),
        Retired(Lossless(Uids.JPEGLosslessHierarchical28, "JPEG Lossless, Hierarchical (Process 28)")),
        Retired(Lossless(Uids.JPEGLosslessHierarchical29, "JPEG Lossless, Hierarchical (Process 29)")),
        Lossless(Uids.JPEGLosslessSV1, "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])"),
        Lossless(Uids.JPEGLSLossless, "JPEG-LS Lossless Image Compression"),
        Lossy(Uids.JPEGLSNearLossless, "JPEG-LS Lossy (Near-Lossless) Image Compression"),
        Lossless(Uids.JPEG2000Lossless, "JPEG 2000 Image Compression (Lossless Only)"),
        Lossy(Uids.JPEG2000, "JPEG 2000 Image Compression"),
        Lossless(Uids.JPEG2000MCLossless, "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)"),
        Lossy(Uids.JPEG2000MC, "JPEG 2000 Part 2 Multi-component Image Compression"),
        Lossless(Uids.HTJ2KLossless, "High-Throughput JPEG 2000 Image Compression (Lossless Only)"),
        Lossless(Uids.HTJ2KLosslessRPCL, "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)"),
        Lossy(Uids.HTJ2K, "High-Throughput JPEG 2000 Image Compression"),
        Lossless(Uids.JPEGXLLossless, "JPEG XL Lossless"),
        Lossy(Uids.JPEGXLJPEGRecompression, "JPEG XL JPEG Recompression"),
        Lossy(Uids.JPEGXL, "JPEG XL"),

        Referenced(Uids.JPIPReferenced, "JPIP Referenced"),
        Referenced(Uids.JPIPReferencedDeflate, "JPIP Referenced Deflate") with { IsDeflated = true },
        Referenced(Uids.JPIPHTJ2KReferenced, "JPIP HTJ2K Referenced"),
        Referenced(Uids.JPIPHTJ2KReferencedDeflate, "JPIP HTJ2K Referenced Deflate") with { IsDeflated = true },

        Video(Uids.MPEG2MPML, "MPEG2 Main Profile / Main Level"),
        Video(Uids.MPEG2MPMLF, "Fragmentable MPEG2 Main Profile / Main Level"),
        Video(Uids.MPEG2MPHL, "MPEG2 Main Profile / High Level"),
        Video(Uids.MPEG2MPHLF, "Fragmentable MPEG2 Main Profile / High Level"),
        Video(Uids.MPEG4HP41, "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
        Video(Uids.MPEG4HP41F, "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1"),
        Video(Uids.MPEG4HP41BD, "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
        Video(Uids.MPEG4HP41BDF, "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
        Video(Uids.MPEG4HP422D, "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
        Video(Uids.MPEG4HP422DF, "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
        Video(Uids.MPEG4HP423D, "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
        Video(Uids.MPEG4HP423DF, "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
        Video(Uids.MPEG4HP42STEREO, "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
        Video(Uids.MPEG4HP42STEREOF, "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
        Video(Uids.HEVCMP51, "HEVC/H.265 Main Profile / Level 5.1"),
        Video(Uids.HEVCM10P51, "HEVC/H.265 Main 10 Profile / Level 5.1"),
    ];

    private static readonly FrozenDictionary<string, TransferSyntax> ByUid = Registered.ToFrozenDictionary(t => t.Uid);

    public static TransferSyntax ImplicitVrLittleEndian { get; } = ByUid[Uids.ImplicitVRLittleEndian];
    public static TransferSyntax ExplicitVrLittleEndian { get; } = ByUid[Uids.ExplicitVRLittleEndian];
    public static TransferSyntax DeflatedExplicitVrLittleEndian { get; } = ByUid[Uids.DeflatedExplicitVRLittleEndian];
    public static TransferSyntax ExplicitVrBigEndian { get; } = ByUid[Uids.ExplicitVRBigEndian];

    /// <summary>Every transfer syntax that a composite object may be stored in.</summary>
    public static IReadOnlyCollection<TransferSyntax> All => Registered;

    public static bool TryGet(string uid, out TransferSyntax transferSyntax) => ByUid.TryGetValue(uid, out transferSyntax!);

    /// <summary>The registered one, or for a private or later UID one that is read as encapsulated Explicit VR Little Endian.</summary>
    public static TransferSyntax GetOrAssume(string uid) =>
        TryGet(uid, out var known) ? known : new TransferSyntax(uid, uid) { IsEncapsulated = true };

    private static TransferSyntax Lossless(string uid, string name) => new(uid, name) { IsEncapsulated = true };

    private static TransferSyntax Lossy(string uid, string name) => new(uid, name) { IsEncapsulated = true, IsLossy = true };

    private static TransferSyntax Video(string uid, string name) => Lossy(uid, name) with { IsVideo = true };

    /// <summary>Whether the server sends every bit is up to the server.</summary>
    private static TransferSyntax Referenced(string uid, string name) => new(uid, name) { IsReferenced = true, IsLossy = true };

    private static TransferSyntax Retired(TransferSyntax syntax) => syntax with { IsRetired = true };
}
