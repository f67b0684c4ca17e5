using System.Net;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Qido;

/// <summary>Pages, what is told of what is behind them, and no matches at all, where pages have at most five and three are counted.</summary>
public sealed class QidoPagingTests(QidoPagingTests.Archive server) : IClassFixture<QidoPagingTests.Archive>
{
    private const string Many = "PatientID=MANY";

    public sealed class Archive : ApiServer, IAsyncLifetime
    {
        protected override (string Key, string Value)[] Settings =>
            [("Pacs:Queries:MaxPageSize", "5"), ("Pacs:Queries:MaxCounted", "3"), ("Pacs:Queries:NoContentWhenEmpty", "true")];

        /// <summary>A study of seven.</summary>
        public IReadOnlyList<SampleObject> Large { get; } = SampleObjects.Study(1, 7, SampleOptions.Fresh() with { Rows = 4, Columns = 4 });

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            var seed = SampleOptions.Fresh().Seed / 2;
            await StoreAsync(Enumerable.Range(0, 12).Select(i => SampleObjects.Ct(new SampleOptions
            { Seed = seed + i, PatientId = "MANY", Rows = 4, Columns = 4, Customize = d => d.Set(Tags.PatientComments, "Kind") })));
            await StoreAsync(Large);
        }
    }

    [Theory]
    [InlineData("limit=2", 2, "more than 3")]
    [InlineData("limit=2&offset=6", 2, "more than 3")]
    [InlineData("limit=2&offset=7", 2, "3")]
    [InlineData("limit=2&offset=8", 2, "2")]
    [InlineData("limit=2&offset=9", 2, "1")]
    [InlineData("limit=2&offset=10", 2, null)]
    [InlineData("offset=11", 1, null)]
    [InlineData("offset=12", 0, null)]
    [InlineData("limit=0", 0, "more than 3")]
    [InlineData("limit=0&offset=12", 0, null)]
    // More than a page: a page, and the warning.
    [InlineData("", 5, "more than 3")]
    [InlineData("limit=12", 5, "more than 3")]
    [InlineData("limit=6&offset=6", 5, "1")]
    // Numbers beyond any.
    [InlineData("limit=99999999999999999999&offset=7", 5, null)]
    [InlineData("offset=99999999999999999999", 0, null)]
    // Matched on the attributes, not by SQL.
    [InlineData("PatientComments=K*&limit=2&offset=8", 2, "2")]
    [InlineData("PatientComments=K*&limit=2", 2, "more than 3")]
    [InlineData("PatientComments=K*&limit=2&offset=10", 2, null)]
    [InlineData("LIMIT=2&Offset=9", 2, "1")]
    public async Task Search_Page_TellsOfWhatIsBehindIt(string paging, int count, string? rest)
    {
        foreach (var resource in new[] { "studies", "series", "instances" })
        {
            using var response = await server.GetAsync($"/dicomweb/{resource}?{Many}&{paging}");
            var text = await response.Content.ReadAsStringAsync();
            Assert.Equal(count == 0 ? HttpStatusCode.NoContent : HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(count, count == 0 ? text.Length : JsonDocument.Parse(text).RootElement.GetArrayLength());
            Assert.Equal(rest is null ? [] : [$"299 {server.Address}/dicomweb: There are {rest} additional results that can be requested"], Warnings(response));
        }
    }

    [Fact]
    public async Task Search_WithinAStudy_IsAnsweredWholeUnlessALimitIsNamed()
    {
        var study = $"/dicomweb/studies/{server.Large[0].StudyInstanceUid}/instances";
        using var whole = await server.GetAsync(study);
        Assert.Equal(7, JsonDocument.Parse(await whole.Content.ReadAsStringAsync()).RootElement.GetArrayLength());
        Assert.Empty(Warnings(whole));
        using var page = await server.GetAsync(study + "?limit=7");
        Assert.Equal(5, JsonDocument.Parse(await page.Content.ReadAsStringAsync()).RootElement.GetArrayLength());
        Assert.Contains("There are 2 additional", Assert.Single(Warnings(page)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("studies", "0020000D")]
    [InlineData("series", "0020000E")]
    [InlineData("instances", "00080018")]
    public async Task Search_PagesOfAnySize_AreTheSameOrder(string resource, string key)
    {
        var orders = new List<string>();
        foreach (var size in new[] { 1, 2, 5 })
        {
            var order = new List<string>();
            for (var offset = 0; offset < 12; offset += size)
                order.AddRange((await server.GetJsonAsync($"/dicomweb/{resource}?{Many}&limit={size}&offset={offset}")).EnumerateArray().Select(m => m.GetProperty(key).GetProperty("Value")[0].GetString()!));
            Assert.Equal(12, order.Distinct().Count());
            orders.Add(string.Join(' ', order));
        }
        Assert.Single(orders.Distinct());
    }

    [Fact]
    public async Task Search_NothingMatches_IsNoContentWhereConfigured()
    {
        using var response = await server.GetAsync("/dicomweb/studies?PatientID=NOBODY");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Null(response.Content.Headers.ContentType);
    }

    internal static string[] Warnings(HttpResponseMessage response) => response.Headers.TryGetValues("Warning", out var values) ? [.. values] : [];
}
