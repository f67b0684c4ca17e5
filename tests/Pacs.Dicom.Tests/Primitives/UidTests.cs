using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Primitives;

public sealed class UidTests
{
    private const string SixtyFour = "1.2.840.10008.1234567890.1234567890.1234567890.1234567890.123456";

    [Theory]
    [InlineData("1.2.840.10008.1.1", true)]
    [InlineData("0", true)]
    [InlineData("2.25.0", true)]
    [InlineData(SixtyFour, true)]
    [InlineData(SixtyFour + "7", false)]
    [InlineData("", false)]
    [InlineData("1..2", false)]
    [InlineData("1.2.", false)]
    [InlineData(".1", false)]
    [InlineData("1.02", false)]
    [InlineData("1.2a", false)]
    [InlineData("1.2 ", false)]
    public void IsValid_Uid_FollowsTheStandard(string uid, bool valid) => Assert.Equal(valid, Uid.IsValid(uid));

    [Theory]
    [InlineData("1.2.840.10008.1.1", true)]
    [InlineData("1.02.003", true)]
    [InlineData("some-uid_A.1", true)]
    [InlineData(SixtyFour, true)]
    [InlineData(SixtyFour + "7", false)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("1.2/3", false)]
    [InlineData("1.2\\3", false)]
    [InlineData("1.2 3", false)]
    [InlineData("1.2\0", false)]
    [InlineData("é", false)]
    public void IsAcceptable_Uid_TakesWhatDoesNoHarm(string uid, bool acceptable) => Assert.Equal(acceptable, Uid.IsAcceptable(uid));

    [Fact]
    public void Generate_Always_IsValidAndNew()
    {
        var uids = Enumerable.Range(0, 1000).Select(_ => Uid.Generate()).ToHashSet();
        Assert.Equal(1000, uids.Count);
        Assert.All(uids, uid => Assert.True(Uid.IsValid(uid) && uid.StartsWith("2.25.", StringComparison.Ordinal), uid));
    }

    [Fact]
    public void FromUuid_ExampleOfTheStandard_IsItsUid() =>
        Assert.Equal("2.25.329800735698586629295641978511506172918", Uid.FromUuid(Guid.Parse("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")));
}
