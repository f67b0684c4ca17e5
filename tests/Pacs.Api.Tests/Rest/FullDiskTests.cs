using System.Net;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Rest;

public sealed class FullDiskTests : ApiServer
{
    protected override (string Key, string Value)[] Settings => [("Pacs:Storage:ReserveBytes", $"{long.MaxValue / 2}")];

    [Fact]
    public async Task Store_BulkDataOnAFullDisk_IsUnavailableWithA700()
    {
        using var response = await Http.PostAsync("/dicomweb/studies", Stow.MetadataRequest.Json([Stow.MetadataRequest.Picture()], ("image/jpeg", "bulk/1", SampleImages.Jpeg(30, 40))));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Contains($"{0xA700}", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_ReserveUsedUp_IsUnavailableWithA700()
    {
        using var response = await Http.PostAsync("/dicomweb/studies", Multipart(SampleObjects.Ct(SampleOptions.Fresh()).ToPart10()));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Contains($"{0xA700}", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var ready = await GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.NotEmpty(JsonDocument.Parse(await ready.Content.ReadAsStringAsync()).RootElement.GetProperty("faults").EnumerateArray());
    }
}
