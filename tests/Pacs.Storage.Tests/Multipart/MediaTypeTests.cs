using Pacs.Storage.Multipart;

namespace Pacs.Storage.Tests.Multipart;

public sealed class MediaTypeTests
{
    [Theory]
    [InlineData("multipart/related; type=\"application/dicom\"; transfer-syntax=*", "multipart/related", "application/dicom", "*")]
    [InlineData("multipart/related; type=application/dicom;transfer-syntax=1.2", "multipart/related", "application/dicom", "1.2")]
    [InlineData("Application/DICOM", "application/dicom", "application/dicom", null)]
    [InlineData("multipart/related", "multipart/related", "*/*", null)]
    public void Parse_MediaType_GivesItsParts(string text, string name, string payload, string? transferSyntax)
    {
        var type = MediaType.Parse(text)!;
        Assert.Equal((name, payload, transferSyntax), (type.Name, type.Payload, type.TransferSyntax));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("text")]
    [InlineData("/x")]
    [InlineData("x/")]
    public void Parse_NoMediaType_IsNull(string? text) => Assert.Null(MediaType.Parse(text));

    [Fact]
    public void ParseRanges_Qualities_OrderTheList() =>
        Assert.Equal(["c/c", "a/a", "b/b", "d/d"], MediaType.ParseRanges("b/b;q=0.1, a/a;q=0.5,c/c, d/d;q=0, \"").Select(m => m.Name));

    [Fact]
    public void ParseRanges_CommaInQuotes_DoesNotSeparate() =>
        Assert.Equal("a,b", Assert.Single(MediaType.ParseRanges("x/y; p=\"a,b\""))["p"]);

    [Theory]
    [InlineData("*/*", "image/jpeg", true)]
    [InlineData("image/*", "image/jpeg", true)]
    [InlineData("image/jpeg", "image/jpeg", true)]
    [InlineData("video/*", "image/jpeg", false)]
    public void Covers_Range_TellsWhatItHolds(string range, string type, bool covers) => Assert.Equal(covers, MediaType.Covers(range, type));
}
