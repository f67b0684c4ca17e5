using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.TransferSyntaxes;

public sealed class TransferSyntaxRegistryTests
{
    [Fact]
    public void All_EveryRegisteredStorageSyntax_IsThereOnce()
    {
        string[] notForStorage = [Uids.RFC2557MIMEEncapsulation, Uids.XMLEncoding, Uids.SMPTEST211020UncompressedProgressiveActiveVideo,
            Uids.SMPTEST211020UncompressedInterlacedActiveVideo, Uids.SMPTEST211030PCMDigitalAudio];
        var registered = typeof(Uids).GetFields().Select(f => (string)f.GetRawConstantValue()!)
            .Where(uid => uid.StartsWith("1.2.840.10008.1.2.", StringComparison.Ordinal) || uid is Uids.ImplicitVRLittleEndian or Uids.Papyrus3ImplicitVRLittleEndian)
            .Except(notForStorage);
        Assert.Equal(registered.Order(), TransferSyntaxRegistry.All.Select(t => t.Uid).Order());
    }

    [Theory]
    [InlineData(Uids.RLELossless, false)]
    [InlineData(Uids.JPEGLosslessSV1, false)]
    [InlineData(Uids.HTJ2KLosslessRPCL, false)]
    [InlineData(Uids.JPEGBaseline8Bit, true)]
    [InlineData(Uids.JPEGXLJPEGRecompression, true)]
    [InlineData(Uids.HEVCM10P51, true)]
    public void IsLossy_IsTrueWhereInformationMayBeLost(string uid, bool isLossy) =>
        Assert.Equal(isLossy, TransferSyntaxRegistry.GetOrAssume(uid).IsLossy);

    [Theory]
    [InlineData(Uids.JPIPReferenced, false)]
    [InlineData(Uids.JPIPReferencedDeflate, true)]
    [InlineData(Uids.JPIPHTJ2KReferencedDeflate, true)]
    public void Jpip_HoldsNoPixels(string uid, bool isDeflated)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(uid);
        Assert.Equal((false, false, isDeflated), (syntax.IsNative, syntax.IsEncapsulated, syntax.IsDeflated));
    }

    [Fact]
    public void GetOrAssume_Unknown_IsEncapsulatedExplicitLittleEndian()
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume("1.2.3");
        Assert.Equal((true, true, false, false), (syntax.IsEncapsulated, syntax.IsExplicitVr, syntax.IsBigEndian, syntax.IsDeflated));
    }
}
