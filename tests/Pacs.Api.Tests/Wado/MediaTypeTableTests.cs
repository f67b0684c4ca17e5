using System.Net;
using System.Text;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Conformance;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Wado;

/// <summary>web-media-types.tsv of the conformance statement, row by row: an object of every transfer syntax is asked for in every form.</summary>
public sealed class MediaTypeTableTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Octets = "application/octet-stream";

    private static readonly string[] Native = [.. TransferSyntaxRegistry.All.Where(s => s.IsNative).Select(s => s.Uid)];
    private static readonly IReadOnlyList<IReadOnlyDictionary<string, string>> Rows = ConformanceTable.Read(ConformanceTable.WebMediaTypes);

    public static TheoryData<string> Uids => [.. Rows.Select(r => r["uid"])];

    [Fact]
    public void Table_Rows_AreTheTransferSyntaxesOfTheProgram() =>
        Assert.Equal(TransferSyntaxRegistry.All.Select(s => (s.Uid, s.Name)).Order(), Rows.Select(r => (r["uid"], r["name"])).Order());

    [Theory]
    [MemberData(nameof(Uids))]
    public async Task Instance_StoredInASyntax_IsServedAsTheTableSays(string uid)
    {
        var (row, sample, path) = await StoreAsync(uid);

        await AssertFileAsync(path, "application/dicom", row["unnamed"]);
        await AssertFileAsync(path, "application/dicom; transfer-syntax=*", uid);
        foreach (var wanted in Native) await AssertFileAsync(path, $"application/dicom; transfer-syntax={wanted}", row["converted"] == "yes" || wanted == uid ? wanted : null);
        foreach (var wanted in new[] { Dicom.Dictionaries.Uids.JPEG2000Lossless, Dicom.Dictionaries.Uids.JPEGLSLossless })
            await AssertFileAsync(path, $"application/dicom; transfer-syntax={wanted}", wanted == uid ? uid : null);
        await AssertPartAsync(path, "*/*", $"application/dicom; transfer-syntax={row["unnamed"]}");
        await AssertPartAsync(path, $"multipart/related; type=\"application/dicom\"; transfer-syntax={uid}", $"application/dicom; transfer-syntax={uid}");
        await AssertStatusAsync(path, "application/zip", HttpStatusCode.OK);
        await AssertStatusAsync(path, "image/png", HttpStatusCode.NotAcceptable);
        await AssertStatusAsync(path, "application/dicom, image/png", HttpStatusCode.BadRequest);
        await AssertStatusAsync(path + "/rendered", "image/jpeg", HttpStatusCode.NotAcceptable);
        var uri = $"/wado?requestType=WADO&studyUID={sample.StudyInstanceUid}&seriesUID={sample.SeriesInstanceUid}&objectUID={sample.SopInstanceUid}&contentType=application/dicom&transferSyntax=";
        await AssertStatusAsync(uri + uid, null, HttpStatusCode.OK);
        await AssertStatusAsync(uri + Dicom.Dictionaries.Uids.HTJ2K, null, uid == Dicom.Dictionaries.Uids.HTJ2K ? HttpStatusCode.OK : HttpStatusCode.NotAcceptable);
    }

    [Theory]
    [MemberData(nameof(Uids))]
    public async Task Frames_StoredInASyntax_AreServedAsTheTableSays(string uid)
    {
        var (row, _, path) = await StoreAsync(uid);
        path += "/frames/1";
        if (row["frames"] == "no")
        {
            await AssertStatusAsync(path, "*/*", HttpStatusCode.NotFound);
            return;
        }
        await AssertValueAsync(path, row["pixels"], uid);
        await AssertStatusAsync(path.Replace("/frames/1", "/frames/1,2", StringComparison.Ordinal), row["pixels"], HttpStatusCode.NotAcceptable);
        await AssertStatusAsync(path.Replace("/frames/1", "/frames/3", StringComparison.Ordinal), "*/*", HttpStatusCode.NotFound);
        await AssertStatusAsync(path.Replace("/frames/1", "/frames/0", StringComparison.Ordinal), "*/*", HttpStatusCode.BadRequest);
    }

    [Theory]
    [MemberData(nameof(Uids))]
    public async Task PixelData_StoredInASyntax_IsServedAsTheTableSays(string uid)
    {
        var (row, _, path) = await StoreAsync(uid);
        if (row["pixels"] == "none")
        {
            await AssertStatusAsync(path + "/bulkdata/7FE00010", "*/*", HttpStatusCode.NotFound);
            return;
        }
        var ofBulkData = await ReceivedPart.ReadAsync(await server.GetAsync(path + "/bulkdata/7FE00010", "*/*"));
        var ofPixelData = await ReceivedPart.ReadAsync(await server.GetAsync(path + "/pixeldata", "*/*"));

        Assert.All(ofBulkData.Concat(ofPixelData), part => Assert.Equal(row["pixels"], part.ContentType.Split(';')[0]));
        Assert.Equal(ofBulkData.SelectMany(p => p.Data), ofPixelData.SelectMany(p => p.Data));
        await AssertStatusAsync(path + "/bulkdata/7FE00010", "image/png", HttpStatusCode.NotAcceptable);
    }

    [Theory]
    [MemberData(nameof(Uids))]
    public async Task Metadata_StoredInAnySyntax_IsServedAsJsonAndXml(string uid)
    {
        var (_, _, path) = await StoreAsync(uid);
        foreach (var accept in new[] { "*/*", "application/dicom+json", "application/json", "multipart/related; type=\"application/dicom+xml\"" })
            await AssertStatusAsync(path + "/metadata", accept, HttpStatusCode.OK);
        foreach (var accept in new[] { "application/dicom", Octets, "image/png", "text/html" })
            await AssertStatusAsync(path + "/metadata", accept, HttpStatusCode.NotAcceptable);
    }

    private async Task<(IReadOnlyDictionary<string, string> Row, SampleObject Sample, string Path)> StoreAsync(string uid)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(uid);
        var options = SampleOptions.Fresh() with { TransferSyntax = syntax, Frames = 2 };
        var sample = syntax switch
        {
            { IsEncapsulated: true } => SampleObjects.Encapsulated(options),
            // Its pixels are elsewhere.
            { IsReferenced: true } => SampleObjects.MultiFrame(options with { Customize = dataset => dataset.Remove(Tags.PixelData) }),
            _ => SampleObjects.MultiFrame(options),
        };
        await server.StoreAsync(sample);
        return (Rows.Single(r => r["uid"] == uid), sample, $"/dicomweb/studies/{sample.StudyInstanceUid}/series/{sample.SeriesInstanceUid}/instances/{sample.SopInstanceUid}");
    }

    /// <summary>The file alone in this syntax; 406 for none.</summary>
    private async Task AssertFileAsync(string path, string accept, string? syntax)
    {
        using var response = await server.GetAsync(path, accept);
        Assert.Equal((accept, syntax is null ? HttpStatusCode.NotAcceptable : HttpStatusCode.OK), (accept, response.StatusCode));
        if (syntax is not null) Assert.Equal($"application/dicom; transfer-syntax={syntax}", response.Content.Headers.ContentType!.ToString());
        else Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    /// <summary>One part, whose length is not told where it is converted on the way.</summary>
    private async Task AssertPartAsync(string path, string accept, string contentType)
    {
        using var response = await server.GetAsync(path, accept);
        Assert.Equal((accept, HttpStatusCode.OK), (accept, response.StatusCode));
        Assert.Equal("multipart/related", response.Content.Headers.ContentType!.MediaType);
        var body = Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync());
        Assert.Contains($"\r\nContent-Type: {contentType}\r\n", body[..body.IndexOf("\r\n\r\n", StringComparison.Ordinal)] + "\r\n", StringComparison.Ordinal);
    }

    /// <summary>A frame is to be had as what it is, alone and in a part, as octets of its syntax, and as nothing else.</summary>
    private async Task AssertValueAsync(string path, string mediaType, string uid)
    {
        var isPlain = mediaType == Octets;
        var syntax = isPlain ? Dicom.Dictionaries.Uids.ExplicitVRLittleEndian : uid;
        foreach (var accept in new[] { "*/*", $"multipart/related; type={mediaType}", $"multipart/related; type=\"{mediaType}\"", $"multipart/related; type=\"{mediaType}\"; transfer-syntax=*" })
            await AssertPartAsync(path, accept, $"{mediaType}; transfer-syntax={syntax}");
        foreach (var (accept, isServed) in new[]
        {
            (mediaType, true), ($"{mediaType}; transfer-syntax={syntax}", true), ($"{Octets}; transfer-syntax=*", true), (Octets, isPlain),
            ($"{mediaType}; transfer-syntax={Dicom.Dictionaries.Uids.ExplicitVRBigEndian}", false), ("image/png", false), ("application/dicom", false),
        })
        {
            using var response = await server.GetAsync(path, accept);
            Assert.Equal((accept, isServed ? HttpStatusCode.OK : HttpStatusCode.NotAcceptable), (accept, response.StatusCode));
        }
    }

    private async Task AssertStatusAsync(string path, string? accept, HttpStatusCode status)
    {
        using var response = await server.GetAsync(path, accept);
        Assert.Equal((accept, status), (accept, response.StatusCode));
    }
}
