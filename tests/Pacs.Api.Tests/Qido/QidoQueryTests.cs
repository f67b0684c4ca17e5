using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Pacs.Api.Errors;
using Pacs.Api.Qido;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Hosting;
using Pacs.Storage.Queries;

namespace Pacs.Api.Tests.Qido;

public sealed class QidoQueryTests
{
    [Theory]
    [InlineData("?PatientID=1", "00100020", "1")]
    [InlineData("?00100020=1", "00100020", "1")]
    [InlineData("?StudyDate=20240101-20240131", "00080020", "20240101-20240131")]
    [InlineData("?StudyInstanceUID=1.2,1.3", "0020000D", "1.2|1.3")]
    [InlineData("?StudyInstanceUID=1.2%5C1.3", "0020000D", "1.2|1.3")]
    [InlineData("?ModalitiesInStudy=CT,MR", "00080061", "CT|MR")]
    [InlineData("?PatientName=Doe%5EJ*", "00100010", "Doe^J*")]
    [InlineData("?PatientName=", "00100010", "")]
    public void Parse_Key_IsRead(string query, string path, string values)
    {
        var key = Assert.Single(Parse(query).Spec.Keys);
        Assert.Equal((path, values), (key.Path.ToString(), string.Join('|', key.Values)));
    }

    [Theory]
    [InlineData("?NoSuchKeyword=1")]
    [InlineData("?0010002=1")]
    [InlineData("?limit=-1")]
    [InlineData("?limit=many")]
    [InlineData("?offset=1.5")]
    [InlineData("?limit=1&limit=2")]
    [InlineData("?fuzzymatching=perhaps")]
    [InlineData("?PatientID=1&PatientID=2")]
    [InlineData("?PatientID=1&00100020=2")]
    [InlineData("?includefield=Nothing")]
    [InlineData("?InstanceNumber=1")]
    [InlineData("?RequestAttributesSequence.1=1")]
    public void Parse_BadParameter_IsRefusedWithAReason(string query)
    {
        var error = Assert.Throws<ApiException>(() => Parse(query));
        Assert.Equal(StatusCodes.Status400BadRequest, error.Status);
        Assert.NotEmpty(error.Message);
    }

    [Fact]
    public void Parse_Paging_AsksForOneMore()
    {
        var query = Parse("?limit=10&offset=20");
        Assert.Equal((10, 11, 20), (query.PageSize, query.Spec.Limit, query.Spec.Offset));
        Assert.Equal(10_000, Parse("").PageSize);
        Assert.Null(QidoQuery.Parse(QueryLevel.Instance, new QueryCollection(), "1.2", null, new QueryOptions()).PageSize);
        Assert.Equal(10_000, Parse("?limit=2000000000").PageSize);
    }

    [Fact]
    public void Parse_IncludeField_AddsToWhatIsReturnedAnyway()
    {
        var query = Parse("?includefield=StudyDescription,00081010&includefield=PatientComments&includefield=Rows");
        Assert.Contains(new AttributePath(Tags.StudyDescription), query.Spec.Return);
        Assert.Contains(new AttributePath(Tags.PatientName), query.Spec.Return);
        Assert.DoesNotContain(new AttributePath(Tags.Rows), query.Spec.Return);
        Assert.True(Parse("?includefield=all").Spec.ReturnAll);
    }

    [Theory]
    [InlineData("%2B0130", 90)]
    [InlineData("+0130", 90)]
    [InlineData("-0500", -300)]
    [InlineData("", null)]
    public void Parse_TimezoneOffset_IsTheClockOfTheKeys(string value, int? minutes)
    {
        var spec = Parse($"?TimezoneOffsetFromUTC={value}&StudyDate=20240101").Spec;
        Assert.Equal(minutes, (int?)spec.TimezoneOffset?.TotalMinutes);
        Assert.Equal(Tags.StudyDate, Assert.Single(spec.Keys).Path.Attribute);
    }

    [Fact]
    public void Parse_TimezoneOffsetThatIsNone_IsRefused() => Assert.Throws<ApiException>(() => Parse("?TimezoneOffsetFromUTC=CET"));

    [Fact]
    public void Parse_ExtendedMatching_IsAsked()
    {
        Assert.True(Parse("?emptyvaluematching=true").Spec.EmptyValueMatching);
        Assert.True(Parse("?multiplevaluematching=true").Spec.MultipleValueMatching);
        Assert.False(Parse("?PatientID=1").Spec is { EmptyValueMatching: true } or { MultipleValueMatching: true });
    }

    [Fact]
    public void Parse_UidsOfThePath_AreKeys()
    {
        var query = QidoQuery.Parse(QueryLevel.Instance, new QueryCollection(), "1.2", "1.3", new QueryOptions());
        Assert.Equal([Tags.StudyInstanceUID, Tags.SeriesInstanceUID], query.Spec.Keys.Select(k => k.Path.Attribute));
        Assert.DoesNotContain(new AttributePath(Tags.PatientName), query.Spec.Return);
    }

    private static QidoQuery Parse(string query) =>
        QidoQuery.Parse(QueryLevel.Study, new QueryCollection(QueryHelpers.ParseQuery(query)), null, null, new QueryOptions());
}
