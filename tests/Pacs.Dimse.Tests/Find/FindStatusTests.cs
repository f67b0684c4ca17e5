using Pacs.Dimse.Find;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.Tests.Find;

public sealed class FindStatusTests
{
    [Theory]
    [InlineData(QueryError.InvalidValue, 0xA900)]
    [InlineData(QueryError.UnsupportedKey, 0xA900)]
    [InlineData(QueryError.TooBroad, 0xA700)]
    [InlineData(QueryError.Unavailable, 0xC001)]
    public void Of_Error_IsItsStatus(QueryError error, int status) => Assert.Equal(status, FindStatus.Of(error).Value);
}
