using Pacs.Api.Negotiation;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Api.Tests.Negotiation;

public sealed class MediaTypesTests
{
    [Theory]
    [InlineData("1.2.840.10008.1.2.1", "application/octet-stream")]
    [InlineData("1.2.840.10008.1.2.2", "application/octet-stream")]
    [InlineData("1.2.840.10008.1.2.4.50", "image/jpeg")]
    [InlineData("1.2.840.10008.1.2.4.80", "image/jls")]
    [InlineData("1.2.840.10008.1.2.4.90", "image/jp2")]
    [InlineData("1.2.840.10008.1.2.4.201", "image/jphc")]
    [InlineData("1.2.840.10008.1.2.5", "image/dicom-rle")]
    [InlineData("1.2.840.10008.1.2.4.102.1", "video/mp4")]
    public void OfFrame_TransferSyntax_IsThatOfTheTable(string uid, string type) =>
        Assert.Equal(type, MediaTypes.OfFrame(TransferSyntaxRegistry.GetOrAssume(uid)));
}
