using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Primitives;

public sealed class PersonNameTests
{
    [Theory]
    [InlineData("MULLER^JORG", "muller^jorg")]
    [InlineData("Müller^Jörg^^^", "muller^jorg")]
    [InlineData("Mu\u0308ller", "muller")]
    [InlineData(" Doe ^ Jane ", "doe^jane")]
    [InlineData("Doe^^Maria", "doe^^maria")]
    [InlineData("Groß^Søren Łukasz", "gross^soren lukasz")]
    [InlineData("Æsir^Þór^Đorđe", "aesir^thor^dorde")]
    [InlineData("İnci^Işık", "inci^isik")]
    [InlineData("Люкceмбypг", "люкceмбypг")]
    [InlineData("Διονυσιος", "διονυσιοσ")]
    [InlineData("Διονυσίος", "διονυσιοσ")]
    [InlineData("أحمد", "احمد")]
    [InlineData("Yamada^Tarou=山田^太郎=やまだ^たろう", "yamada^tarou=山田^太郎=やまだ^たろう")]
    [InlineData("Ｙａｍａｄａ=ﾔﾏﾀﾞ^ﾀﾛｳ", "yamada=ヤマダ^タロウ")]
    [InlineData("Hong^Gildong=洪^吉洞=홍^길동", "hong^gildong=洪^吉洞=홍^길동")]
    [InlineData("Doe^Jane==", "doe^jane")]
    [InlineData("=山田^太郎", "=山田^太郎")]
    [InlineData("MÜL*^?org", "mul*^?org")]
    [InlineData("", "")]
    [InlineData("^^", "")]
    public void Fold_Name_IsKey(string name, string key) => Assert.Equal(key, PersonName.Fold(name));

    [Theory]
    [InlineData("x\uD800y")]
    [InlineData("x\uDC00")]
    [InlineData("é\uFFFE")]
    public void Fold_IllFormedText_DoesNotThrow(string name) => Assert.NotEmpty(PersonName.Fold(name));

    [Fact]
    public void Fold_Twice_ChangesNothing()
    {
        for (var c = 0x20; c < 0xD800; c++)
        {
            var once = PersonName.Fold(((char)c).ToString());
            Assert.Equal(once, PersonName.Fold(once));
        }
    }

    [Fact]
    public void Parse_ThreeGroups_AreTold()
    {
        var name = PersonName.Parse("Yamada^Tarou^^=山田^太郎=やまだ^たろう=more");
        Assert.Equal(new PersonName("Yamada^Tarou", "山田^太郎", "やまだ^たろう"), name);
        Assert.Equal(["Yamada", "Tarou"], PersonName.Components(name.Alphabetic));
        Assert.Equal("Yamada^Tarou=山田^太郎=やまだ^たろう", name.ToString());
    }

    [Fact]
    public void Parse_Empty_HasNoGroups()
    {
        Assert.Equal(new PersonName(""), PersonName.Parse("=="));
        Assert.Empty(PersonName.Components(""));
    }
}
