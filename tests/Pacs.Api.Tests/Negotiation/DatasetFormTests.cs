using Microsoft.AspNetCore.Http;
using Pacs.Api.Errors;
using Pacs.Api.Negotiation;

namespace Pacs.Api.Tests.Negotiation;

public sealed class DatasetFormTests
{
    private const string Parts = "multipart/related; type=\"application/dicom+xml\"";

    [Theory]
    [InlineData(null, "json")]
    [InlineData("*/*", "json")]
    [InlineData("application/*", "json")]
    [InlineData("application/json", "json")]
    [InlineData(Parts, "xml")]
    [InlineData("multipart/related; type=application/dicom+xml", "xml")]
    [InlineData("multipart/related", "xml")]
    [InlineData("multipart/related; type=\"application/*\"", "xml")]
    [InlineData(Parts + ";q=0.5, application/dicom+json", "json")]
    [InlineData(Parts + ", application/dicom+json;q=0.5", "xml")]
    [InlineData("text/html, " + Parts, "xml")]
    [InlineData("application/dicom+xml, */*;q=0.1", "json")]
    [InlineData("multipart/*", "xml")]
    [InlineData("application/dicom+json;q=0, application/json;q=0, */*", "xml")]
    [InlineData("application/*;q=0, */*", "xml")]
    [InlineData("*/*, application/*;q=0.1, " + Parts + ";q=0.2", "xml")]
    [InlineData("*/*;q=0.5, application/dicom+json;q=0.4", "json")]
    [InlineData("*/*;q=0, application/dicom+json", "json")]
    [InlineData("application/*;q=0, multipart/*;q=0, */*", null)]
    [InlineData("application/dicom+xml", null)]
    [InlineData("multipart/related; type=\"application/dicom\"", null)]
    [InlineData("text/xml", null)]
    public void OfMany_Accept_Chooses(string? accept, string? form) => AssertForm(form, () => DatasetForm.OfMany(Request(accept)));

    [Fact]
    public void OfMany_DicomJsonRefused_IsJsonWhereAnythingElseWillDo() =>
        Assert.Equal("application/json", DatasetForm.OfMany(Request("application/dicom+json;q=0, */*")).MediaType);

    [Theory]
    [InlineData("application/dicom+xml", "xml-one")]
    [InlineData(Parts, "xml")]
    [InlineData("*/*", "json")]
    [InlineData("text/xml", null)]
    public void OfMany_WhereThereIsOne_AlsoWithoutMultipart(string accept, string? form) => AssertForm(form, () => DatasetForm.OfMany(Request(accept), isOne: true));

    [Theory]
    [InlineData(null, "json-one")]
    [InlineData("application/dicom+xml", "xml-one")]
    [InlineData(Parts, "xml")]
    [InlineData("text/xml", null)]
    public void OfOne_Accept_Chooses(string? accept, string? form) => AssertForm(form, () => DatasetForm.OfOne(Request(accept)));

    [Fact]
    public void OfMany_AcceptParameter_Chooses()
    {
        var request = Request("*/*");
        request.QueryString = QueryString.Create("accept", Parts);
        Assert.Equal("xml", DatasetForm.OfMany(request).Name);
    }

    private static void AssertForm(string? name, Func<DatasetForm> choose)
    {
        if (name is null) Assert.Equal(StatusCodes.Status406NotAcceptable, Assert.Throws<ApiException>(choose).Status);
        else Assert.Equal(name, choose().Name);
    }

    private static HttpRequest Request(string? accept)
    {
        var request = new DefaultHttpContext().Request;
        if (accept is not null) request.Headers.Accept = accept;
        return request;
    }
}
