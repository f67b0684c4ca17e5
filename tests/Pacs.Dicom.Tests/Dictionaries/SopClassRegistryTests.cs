using Pacs.Dicom.Dictionaries;

namespace Pacs.Dicom.Tests.Dictionaries;

public sealed class SopClassRegistryTests
{
    [Theory]
    [InlineData(Uids.CTImageStorage)]
    [InlineData(Uids.EncapsulatedPDFStorage)]
    [InlineData(Uids.HangingProtocolStorage)]
    [InlineData("1.2.840.10008.5.1.1.27")]
    [InlineData("1.2.840.10008.5.1.4.1.1.3")]
    [InlineData("1.2.840.10008.5.1.4.1.1.12.77")]
    public void IsStorage_StorageSopClass_IsTrue(string uid) => Assert.True(SopClassRegistry.IsStorage(uid));

    [Theory]
    [InlineData(Uids.Verification)]
    [InlineData(Uids.StorageCommitmentPushModel)]
    [InlineData(Uids.MediaStorageDirectoryStorage)]
    [InlineData("1.2.840.10008.5.1.4.1.2.2.1")]
    public void IsStorage_OtherSopClass_IsFalse(string uid) => Assert.False(SopClassRegistry.IsStorage(uid));

    [Fact]
    public void NameOf_CtImage_IsItsName() => Assert.Equal("CT Image Storage", SopClassRegistry.NameOf(Uids.CTImageStorage));
}
