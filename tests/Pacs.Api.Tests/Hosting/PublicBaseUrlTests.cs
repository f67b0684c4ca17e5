using System.Net;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hosting;

public sealed class PublicBaseUrlTests(PublicBaseUrlTests.PublicServer server) : IClassFixture<PublicBaseUrlTests.PublicServer>
{
    public sealed class PublicServer : ApiServer
    {
        protected override (string Key, string Value)[] Settings => [("Pacs:Http:PublicBaseUrl", "https://pacs.example.org/archive/")];
    }

    [Theory]
    [InlineData("")]
    [InlineData("/archive")]
    public async Task Answers_WithAConfiguredAddress_HaveIt(string path)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        var instance = $"/dicomweb/studies/{ct.StudyInstanceUid}/series/{ct.SeriesInstanceUid}/instances/{ct.SopInstanceUid}";
        using var response = await server.GetAsync(path + instance, "application/dicom", ("Host", "pacs.example.org"), ("Forwarded", "host=evil.example"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("https://pacs.example.org/archive" + instance, response.Content.Headers.ContentLocation?.ToString());
    }

    [Fact]
    public async Task Page_BelowTheConfiguredPath_IsThere()
    {
        using var page = await server.GetAsync("/archive/swagger/index.html");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        using var document = await server.GetAsync("/archive/swagger/v1/swagger.json");
        Assert.Equal(HttpStatusCode.OK, document.StatusCode);
    }
}
