using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Pacs.Api.Stow;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Xml;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Stow;

public sealed class StowTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Store_MorePartsThanOneRequestMayHave_AreRefusedWithAReason()
    {
        var body = new StringContent(string.Concat(Enumerable.Repeat("--b\r\nContent-Type: image/png\r\n\r\n\r\n", StowStore.MaxParts + 5)) + "--b--");
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/related; type=\"application/dicom\"; boundary=b");
        using var response = await server.Http.PostAsync("/dicomweb/studies", body);
        var failures = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("0008119A").GetProperty("Value");
        Assert.Equal(StowStore.MaxParts + 1, failures.GetArrayLength());
        Assert.StartsWith("More than", failures[StowStore.MaxParts].GetProperty("00000902").GetProperty("Value")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_Part10Files_AreAllTold()
    {
        var objects = Slices(3);
        using var response = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart(objects.Select(o => o.ToPart10())));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/dicom+json", response.Content.Headers.ContentType?.MediaType);
        var report = await JsonAsync(response);
        Assert.Equal(objects.Select(o => o.SopInstanceUid), Items(report, "00081199").Select(i => Value(i, "00081155")));
        Assert.EndsWith($"/dicomweb/studies/{objects[0].StudyInstanceUid}", Value(report, "00081190"), StringComparison.Ordinal);
        Assert.False(report.TryGetProperty("00081198", out _));
    }

    [Fact]
    public async Task Store_OneFileAlone_IsStored()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        using var response = await server.Http.PostAsync($"/dicomweb/studies/{ct.StudyInstanceUid}", Body(ct.ToPart10(), "application/dicom"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(Items(await JsonAsync(response), "00081199"));
    }

    [Fact]
    public async Task Store_SameFileTwice_SucceedsTwice()
    {
        var file = SampleObjects.Ct(SampleOptions.Fresh()).ToPart10();
        for (var i = 0; i < 2; i++)
        {
            using var response = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart(file, file));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task Store_OneBadPart_DoesNotSpoilTheOthers()
    {
        var objects = Slices(2);
        var truncated = objects[1].ToPart10()[..^100];
        using var response = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart("garbage"u8.ToArray(), objects[0].ToPart10(), [], truncated));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var report = await JsonAsync(response);
        Assert.Equal(objects[0].SopInstanceUid, Value(Assert.Single(Items(report, "00081199")), "00081155"));
        var failures = Items(report, "00081198").Concat(Items(report, "0008119A")).ToList();
        Assert.Equal(3, failures.Count);
        Assert.All(failures, f => Assert.Equal(0xC000, f.GetProperty("00081197").GetProperty("Value")[0].GetInt32()));
    }

    [Fact]
    public async Task Store_OtherStudyThanThePath_IsAConflict()
    {
        using var response = await server.Http.PostAsync("/dicomweb/studies/1.2.3", ApiServer.Multipart(SampleObjects.Ct(SampleOptions.Fresh()).ToPart10()));
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal(0xA900, Assert.Single(Items(await JsonAsync(response), "00081198")).GetProperty("00081197").GetProperty("Value")[0].GetInt32());
    }

    [Theory]
    [InlineData("SOPInstanceUID")]
    [InlineData("StudyInstanceUID")]
    [InlineData("SeriesInstanceUID")]
    [InlineData("SOPClassUID")]
    public async Task Store_WithoutUid_IsAConflict(string keyword)
    {
        Assert.True(DataElementDictionary.TryParse(keyword, out var tag));
        var file = SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Remove(tag) });
        using var response = await server.Http.PostAsync("/dicomweb/studies", ApiServer.Multipart(file.ToPart10()));
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        var report = await JsonAsync(response);
        Assert.Equal(0xA900, Assert.Single(Items(report, "00081198").Concat(Items(report, "0008119A"))).GetProperty("00081197").GetProperty("Value")[0].GetInt32());
    }

    [Fact]
    public async Task Store_BoundaryInTheData_DoesNotEndThePart()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Set(Tags.ImageComments, "\r\n--boundaryX\r\n--boundar") });
        await server.StoreAsync(ct);
        using var response = await server.GetAsync(Path(ct), "application/dicom; transfer-syntax=*");
        Assert.Equal(ct.ToDatasetBytes(), (await response.Content.ReadAsByteArrayAsync())[^ct.ToDatasetBytes().Length..]);
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("multipart/form-data; boundary=b", 415)]
    [InlineData("multipart/related; type=\"image/png\"; boundary=b", 415)]
    [InlineData(null, 415)]
    [InlineData("multipart/related; type=\"application/dicom\"", 400)]
    [InlineData("multipart/related; type=\"application/dicom\"; boundary=", 400)]
    [InlineData("multipart/related; type=\"application/dicom\"; boundary=other", 400)]
    public async Task Store_BadBody_IsRefusedWithAReason(string? contentType, int status)
    {
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes("--b\r\n\r\nx\r\n--b--"));
        if (contentType is not null) content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var response = await server.Http.PostAsync("/dicomweb/studies", content);
        await ApiServer.AssertProblemAsync(status, response);
    }

    [Fact]
    public async Task Store_NoPart_IsRefused() =>
        await ApiServer.AssertProblemAsync(400, await server.Http.PostAsync("/dicomweb/studies", Body("--b--"u8.ToArray(), "multipart/related; type=\"application/dicom\"; boundary=b")));

    [Fact]
    public async Task Store_WrongAccept_IsRefusedBeforeAnythingIsStored()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/dicomweb/studies") { Content = ApiServer.Multipart(SampleObjects.Ct(SampleOptions.Fresh()).ToPart10()) };
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        await ApiServer.AssertProblemAsync(406, await server.Http.SendAsync(request));
    }

    [Fact]
    public async Task Store_XmlAccepted_IsAnsweredWithADocument()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        var request = new HttpRequestMessage(HttpMethod.Post, "/dicomweb/studies") { Content = ApiServer.Multipart(ct.ToPart10()) };
        request.Headers.TryAddWithoutValidation("Accept", "application/dicom+xml");
        using var response = await server.Http.SendAsync(request);
        Assert.Equal("application/dicom+xml", response.Content.Headers.ContentType?.ToString());
        var report = NativeModel.Read(await response.Content.ReadAsStreamAsync());
        Assert.Equal(ct.SopInstanceUid, Assert.Single(report.GetItems(Tags.ReferencedSOPSequence)).GetString(Tags.ReferencedSOPInstanceUID));
    }

    [Fact]
    public async Task Store_PartOfAnotherType_FailsAlone()
    {
        var content = ApiServer.Multipart(SampleObjects.Ct(SampleOptions.Fresh()).ToPart10());
        content.Add(new StringContent("{}", Encoding.UTF8, "application/dicom+json"));
        using var response = await server.Http.PostAsync("/dicomweb/studies", content);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task Store_BodyWithoutItsEnd_KeepsWhatCameWhole()
    {
        var objects = Slices(2);
        var whole = await ApiServer.Multipart(objects.Select(o => o.ToPart10())).ReadAsByteArrayAsync();
        using var response = await server.Http.PostAsync("/dicomweb/studies", Body(whole[..^60], "multipart/related; type=\"application/dicom\"; boundary=boundary"));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(objects[0].SopInstanceUid, Value(Assert.Single(Items(await JsonAsync(response), "00081199")), "00081155"));
    }

    private static string Path(SampleObject o) => $"/dicomweb/studies/{o.StudyInstanceUid}/series/{o.SeriesInstanceUid}/instances/{o.SopInstanceUid}";

    private static SampleObject[] Slices(int count)
    {
        var options = SampleOptions.Fresh();
        return [.. Enumerable.Range(1, count).Select(i => SampleObjects.Ct(options with { InstanceNumber = i }))];
    }

    private static ByteArrayContent Body(byte[] bytes, string contentType)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    private static IEnumerable<JsonElement> Items(JsonElement dataset, string tag) => dataset.TryGetProperty(tag, out var sequence) ? sequence.GetProperty("Value").EnumerateArray() : [];
    private static string Value(JsonElement dataset, string tag) => dataset.GetProperty(tag).GetProperty("Value")[0].GetString()!;
}
