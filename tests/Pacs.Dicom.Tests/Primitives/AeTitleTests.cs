using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Primitives;

public sealed class AeTitleTests
{
    [Theory]
    [InlineData("PACS", "PACS")]
    [InlineData("  PACS            ", "PACS")]
    [InlineData("MY PACS_1~", "MY PACS_1~")]
    [InlineData("SIXTEEN_LETTERS_", "SIXTEEN_LETTERS_")]
    public void TryParse_Title_IsWithoutPadding(string text, string expected)
    {
        Assert.True(AeTitle.TryParse(text, out var title));
        Assert.Equal(expected, title);
    }

    [Theory]
    [InlineData("")]
    [InlineData("                ")]
    [InlineData("SEVENTEEN_LETTERS")]
    [InlineData("A\\B")]
    [InlineData("A\nB")]
    [InlineData("KÖLN")]
    public void TryParse_NoTitle_IsFalse(string text) => Assert.False(AeTitle.TryParse(text, out _));

    [Fact]
    public void IsValid_Padding_IsNot() => Assert.False(AeTitle.IsValid("PACS "));
}
