using System.IO.Compression;
using System.Net;
using System.Text;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Wado;

/// <summary>Whole instances over WADO-RS: resource × media type × transfer syntax × error.</summary>
public sealed class WadoInstanceTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Explicit = "1.2.840.10008.1.2.1";
    private const string Implicit = "1.2.840.10008.1.2";
    private const string BigEndian = "1.2.840.10008.1.2.2";
    private const string Deflated = "1.2.840.10008.1.2.1.99";
    private const string Jpeg = "1.2.840.10008.1.2.4.50";
    private const string JpegLs = "1.2.840.10008.1.2.4.80";
    private const string Multi = "multipart/related; type=\"application/dicom\"";

    /// <summary>Stored syntax, Accept, the form and syntax of the answer; none for 406.</summary>
    public static TheoryData<string, string?, string?> InstanceMatrix()
    {
        var data = new TheoryData<string, string?, string?>();
        foreach (var native in new[] { Implicit, Explicit, BigEndian, Deflated })
        {
            foreach (var (accept, answer) in new (string?, string?)[]
            {
                (null, "multipart " + Explicit),
                ("*/*", "multipart " + Explicit),
                ("multipart/*", "multipart " + Explicit),
                ("multipart/related", "multipart " + Explicit),
                (Multi, "multipart " + Explicit),
                ($"{Multi}; transfer-syntax=*", "multipart " + native),
                ($"{Multi}; transfer-syntax={Explicit}", "multipart " + Explicit),
                ($"{Multi}; transfer-syntax={Implicit}", "multipart " + Implicit),
                ($"{Multi}; transfer-syntax={Deflated}", "multipart " + Deflated),
                ($"{Multi}; transfer-syntax={Jpeg}", null),
                ("application/dicom", "single " + Explicit),
                ("application/*", "single " + Explicit),
                ("application/dicom; transfer-syntax=*", "single " + native),
                ($"application/dicom; transfer-syntax={BigEndian}", "single " + BigEndian),
                ("application/zip", "zip " + native),
                ($"application/zip; transfer-syntax={Explicit}", "zip " + Explicit),
                ("application/dicom; transfer-syntax=1.2.3", null),
                ("application/dicom; transfer-syntax=what", null),
            })
            {
                data.Add(native, accept, answer);
            }
        }
        foreach (var (accept, answer) in new (string?, string?)[]
        {
            (null, "multipart " + Jpeg),
            ("*/*", "multipart " + Jpeg),
            (Multi, "multipart " + Jpeg),
            ("application/dicom", "single " + Jpeg),
            ($"application/dicom; transfer-syntax={Jpeg}", "single " + Jpeg),
            ("application/dicom; transfer-syntax=*", "single " + Jpeg),
            ("application/zip", "zip " + Jpeg),
            ($"{Multi}; transfer-syntax={Explicit}", null),
            ($"{Multi}; transfer-syntax={JpegLs}", null),
            ($"application/zip; transfer-syntax={Explicit}", null),
            // Quality values, from the most specific range that holds the representation.
            ($"{Multi}; transfer-syntax={Explicit}, {Multi}; transfer-syntax={Jpeg}; q=0.1", "multipart " + Jpeg),
            ($"{Multi}; transfer-syntax={Explicit}, application/dicom; transfer-syntax=*; q=0.2", "single " + Jpeg),
            ($"{Multi}; transfer-syntax=*; q=0.2, application/dicom; transfer-syntax=*; q=0.3", "single " + Jpeg),
            ("application/dicom; q=0.2, */*; q=0.1", "single " + Jpeg),
            ("application/dicom; q=0, application/*; q=0.5, */*; q=0.1", "zip " + Jpeg),
            ("application/dicom, application/zip", "single " + Jpeg),
            ("application/zip, application/dicom", "zip " + Jpeg),
            ($"{Multi}; transfer-syntax={Jpeg}; q=0, {Multi}; transfer-syntax=*", null),
            ($"{Multi}; q=0, */*", "single " + Jpeg),
            ("*/*; q=0", null),
            ("text/html, application/xhtml+xml, */*; q=0.8", "multipart " + Jpeg),
            ("application/json", null),
            ("application/octet-stream", null),
            ("image/jpeg", null),
            ("multipart/related; type=\"image/jpeg\"", null),
        })
        {
            data.Add(Jpeg, accept, answer);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(InstanceMatrix))]
    public async Task Instance_MediaTypeAndTransferSyntax_AreNegotiated(string stored, string? accept, string? answer)
    {
        var sample = Sample(stored);
        await server.StoreAsync(sample);
        using var response = await server.GetAsync(InstancePath(sample), accept);
        if (answer is null)
        {
            await ApiServer.AssertProblemAsync(406, response);
            return;
        }
        var (form, files) = await FilesAsync(response);
        var file = DicomFile.Read(new MemoryStream(Assert.Single(files)));
        Assert.Equal(answer, $"{form} {file.FileMeta.TransferSyntax.Uid}");
        Assert.Equal(sample.SopInstanceUid, file.Dataset.GetString(Tags.SOPInstanceUID));
        if (form != "zip") Assert.Contains($"transfer-syntax={file.FileMeta.TransferSyntax.Uid}", form == "single" ? response.Content.Headers.ContentType!.ToString() : Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync()), StringComparison.Ordinal);
        if (file.FileMeta.TransferSyntax.Uid == stored) Assert.Equal(sample.ToDatasetBytes(), files[0][^sample.ToDatasetBytes().Length..]);
    }

    [Theory]
    [InlineData(null, "multipart")]
    [InlineData("*/*", "multipart")]
    [InlineData(Multi + "; transfer-syntax=*", "multipart")]
    [InlineData("application/dicom, " + Multi + "; q=0.1", "multipart")]
    [InlineData("application/zip", "zip")]
    [InlineData("application/*", "zip")]
    [InlineData("application/zip; transfer-syntax=*", "zip")]
    [InlineData("application/dicom", null)]
    [InlineData("application/dicom; transfer-syntax=*", null)]
    [InlineData(Multi + "; transfer-syntax=" + Explicit, null)]
    [InlineData(Multi + "; transfer-syntax=" + Explicit + ", " + Multi + "; transfer-syntax=" + Jpeg + "; q=0.5", "multipart")]
    public async Task StudyAndSeries_OfSeveralSyntaxes_ComeWholeOrNotAtAll(string? accept, string? expected)
    {
        var options = SampleOptions.Fresh();
        var native = SampleObjects.Ct(options with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian });
        var jpeg = SampleObjects.Encapsulated(options with { InstanceNumber = 2, SeriesInstanceUid = native.SeriesInstanceUid });
        await server.StoreAsync(native, jpeg);
        foreach (var path in new[] { StudyPath(native), SeriesPath(native) })
        {
            using var response = await server.GetAsync(path, accept);
            if (expected is null)
            {
                await ApiServer.AssertProblemAsync(406, response);
                continue;
            }
            var (form, files) = await FilesAsync(response);
            Assert.Equal(expected, form);
            Assert.Equal([native.SopInstanceUid, jpeg.SopInstanceUid], files.Select(f => DicomFile.Read(new MemoryStream(f)).Dataset.GetString(Tags.SOPInstanceUID)));
        }
    }

    [Theory]
    [InlineData("application/dicom, image/jpeg", 400)]
    [InlineData(Multi + ", text/html", 400)]
    [InlineData("application/dicom+json, application/pdf", 400)]
    [InlineData("application/dicom, image/jpeg; q=0", 200)]
    [InlineData("application/dicom, image/*; q=0.1", 200)]
    public async Task Instance_DicomAndRenderedMediaTypes_AreNotMixed(string accept, int status)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var response = await server.GetAsync(InstancePath(ct), accept);
        if (status == 200) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        else await ApiServer.AssertProblemAsync(status, response);
    }

    [Theory]
    [InlineData("accept=application/dicom", null, "application/dicom")]
    [InlineData("accept=application/dicom", "*/*", "application/dicom")]
    [InlineData("accept=application/dicom", "text/html, application/*; q=0.1", "application/dicom")]
    [InlineData("accept=application/zip%3Bq%3D0.5,application/dicom", "*/*", "application/dicom")]
    [InlineData("accept=application/zip&accept=text/html", "*/*", "application/zip")]
    [InlineData("accept=text/html", "*/*", "multipart/related")]
    [InlineData("accept=text/html", null, "406")]
    [InlineData("accept=application/dicom", "multipart/related", "406")]
    [InlineData("accept=application/*", "*/*", "400")]
    [InlineData("accept=*/*", null, "400")]
    [InlineData("accept=application/dicom,image/png", "*/*", "400")]
    [InlineData("accept=nothing", "*/*", "406")]
    [InlineData("charset=UTF-8", null, "multipart/related")]
    [InlineData("charset=ISO_IR%20100,utf-8;q=0.5", null, "multipart/related")]
    [InlineData("charset=klingon", null, "400")]
    public async Task Instance_QueryParameters_GoBeforeTheHeader(string query, string? accept, string expected)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var response = await server.GetAsync($"{InstancePath(ct)}?{query}", accept, ("Accept-Charset", "iso-8859-1"));
        if (int.TryParse(expected, out var status)) await ApiServer.AssertProblemAsync(status, response);
        else Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Study_EachPart_IsLocatedAtItsAddress()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] slices = [SampleObjects.Ct(options), SampleObjects.Ct(options with { InstanceNumber = 2 })];
        await server.StoreAsync(slices);
        using var response = await server.GetAsync(StudyPath(slices[0]), Multi + "; transfer-syntax=*");
        var text = Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync());
        foreach (var slice in slices)
        {
            Assert.Contains($"\r\nContent-Location: {server.Address}{InstancePath(slice)}\r\n", text, StringComparison.Ordinal);
            using var part = await server.GetAsync(InstancePath(slice), "application/dicom");
            Assert.Equal(server.Address + InstancePath(slice), part.Content.Headers.ContentLocation?.ToString());
        }
    }

    [Fact]
    public async Task Zip_Study_IsATreeThatOthersOpen()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] objects = [SampleObjects.Ct(options), SampleObjects.Ct(options with { InstanceNumber = 2 }), SampleObjects.Encapsulated(options with { SeriesInstanceUid = Pacs.Dicom.Primitives.Uid.Generate() })];
        await server.StoreAsync(objects);
        using var response = await server.GetAsync(StudyPath(objects[0]), "application/zip");
        Assert.Equal($"attachment; filename=\"{objects[0].StudyInstanceUid}.zip\"", response.Content.Headers.ContentDisposition?.ToString());
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(bytes.Length, response.Content.Headers.ContentLength);
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(objects.Select(o => $"{o.StudyInstanceUid}/{o.SeriesInstanceUid}/{o.SopInstanceUid}.dcm").Order(), zip.Entries.Select(e => e.FullName).Order());
        Assert.All(zip.Entries, entry => Assert.Equal(entry.Length, entry.CompressedLength));
    }

    [Theory]
    [InlineData("application/zip")]
    [InlineData("application/zip; transfer-syntax=" + Explicit)]
    [InlineData(Multi + "; transfer-syntax=*")]
    [InlineData(Multi)]
    public async Task Study_AFileIsBrokenOnTheWay_TheConnectionIsCut(string accept)
    {
        var options = SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian };
        SampleObject[] slices = [SampleObjects.Ct(options), SampleObjects.Ct(options with { InstanceNumber = 2 }), SampleObjects.Ct(options with { InstanceNumber = 3 })];
        await server.StoreAsync(slices);
        var blob = Directory.EnumerateFiles(server.Postgres.DataFolder, $"{slices[1].SopInstanceUid}*", SearchOption.AllDirectories).Single();
        var whole = await File.ReadAllBytesAsync(blob);
        File.Delete(blob);
        await File.WriteAllBytesAsync(blob, whole[..(whole.Length / 2)]);

        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await server.GetAsync(StudyPath(slices[0]), accept);
            await response.Content.ReadAsByteArrayAsync();
        });
    }

    [Fact]
    public async Task Resource_AskedForOctets_IsItsBulkData()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        foreach (var path in new[] { StudyPath(ct), SeriesPath(ct), InstancePath(ct) })
        {
            using var response = await server.GetAsync(path, "multipart/related; type=\"application/octet-stream\"");
            using var bulk = await server.GetAsync(path + "/bulkdata", "multipart/related; type=\"application/octet-stream\"");
            Assert.Equal((await ApiServer.PartsAsync(bulk)).Select(p => p.Data), (await ApiServer.PartsAsync(response)).Select(p => p.Data));
        }
    }

    [Theory]
    [InlineData("bytes=0-0", null, 206, 0, 1)]
    [InlineData("bytes=100-199", null, 206, 100, 100)]
    [InlineData("bytes=-10", null, 206, -10, 10)]
    [InlineData("bytes=0-", null, 206, 0, int.MaxValue)]
    [InlineData("bytes=100-", "current", 206, 100, int.MaxValue)]
    [InlineData("bytes=100-", "\"other\"", 200, 0, int.MaxValue)]
    [InlineData("bytes=100-", "W/current", 200, 0, int.MaxValue)]
    [InlineData("bytes=100-", "Sat, 21 Nov 2026 09:00:00 GMT", 200, 0, int.MaxValue)]
    [InlineData("bytes=0-1,1-6", null, 200, 0, int.MaxValue)]
    [InlineData("lines=1-2", null, 200, 0, int.MaxValue)]
    [InlineData("bytes=99999999-", null, 416, 0, 0)]
    public async Task Range_OfTheFileAlone_IsSent(string range, string? ifRange, int status, int from, int count)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var whole = await server.GetAsync(InstancePath(ct), "application/dicom; transfer-syntax=*");
        var (bytes, tag) = (await whole.Content.ReadAsByteArrayAsync(), whole.Headers.ETag!.ToString());
        Assert.Equal(["bytes"], whole.Headers.AcceptRanges);

        (string, string)[] condition = ifRange is null ? [] : [("If-Range", ifRange.Replace("current", tag, StringComparison.Ordinal))];
        using var part = await server.GetAsync(InstancePath(ct), "application/dicom; transfer-syntax=*", [("Range", range), .. condition]);
        if (status == 416)
        {
            await ApiServer.AssertProblemAsync(416, part);
            Assert.Equal($"bytes */{bytes.Length}", part.Content.Headers.ContentRange?.ToString());
            return;
        }
        if (from < 0) from += bytes.Length;
        count = Math.Min(count, bytes.Length - from);
        Assert.Equal(status, (int)part.StatusCode);
        Assert.Equal(status == 206 ? $"bytes {from}-{from + count - 1}/{bytes.Length}" : null, part.Content.Headers.ContentRange?.ToString());
        Assert.Equal(bytes[from..(from + count)], await part.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Ranges_OfTheFileAlone_AreParts()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        const string Stored = "application/dicom; transfer-syntax=*";
        using var whole = await server.GetAsync(InstancePath(ct), Stored);
        var bytes = await whole.Content.ReadAsByteArrayAsync();
        using var response = await server.GetAsync(InstancePath(ct), Stored, ("Range", "bytes=-10, 128-131"));
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("multipart/byteranges", response.Content.Headers.ContentType?.MediaType);
        var type = whole.Content.Headers.ContentType!.ToString();
        var parts = await ApiServer.PartsAsync(response);
        Assert.Equal([type, type], parts.Select(p => p.ContentType.Split("\r\n")[0]));
        Assert.Equal([bytes[^10..], "DICM"u8.ToArray()], parts.Select(p => p.Data));
    }

    [Fact]
    public async Task ETag_OfTheFileAlone_ChangesWithTheObjectAndItsSyntax()
    {
        var options = SampleOptions.Fresh();
        var ct = SampleObjects.Ct(options with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian });
        await server.StoreAsync(ct);
        var stored = await TagAsync("application/dicom; transfer-syntax=*");
        Assert.Equal(stored, await TagAsync("application/dicom; transfer-syntax=" + Implicit));
        var reencoded = await TagAsync("application/dicom");
        Assert.NotEqual(stored, reencoded);
        using var known = await server.GetAsync(InstancePath(ct), "application/dicom", ("If-None-Match", reencoded));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        using var other = await server.GetAsync(InstancePath(ct), "application/dicom", ("If-None-Match", stored));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        using var wanted = await server.GetAsync(InstancePath(ct), "application/dicom", ("If-Match", reencoded));
        Assert.Equal(HttpStatusCode.OK, wanted.StatusCode);
        await ApiServer.AssertProblemAsync(412, await server.GetAsync(InstancePath(ct), "application/dicom", ("If-Match", stored), ("If-None-Match", reencoded)));

        await server.StoreAsync(SampleObjects.Ct(options with { SopInstanceUid = ct.SopInstanceUid, StudyDescription = "Changed", TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian }));
        Assert.NotEqual(stored, await TagAsync("application/dicom; transfer-syntax=*"));

        async Task<string> TagAsync(string accept)
        {
            using var response = await server.GetAsync(InstancePath(ct), accept);
            return response.Headers.ETag!.ToString();
        }
    }

    [Theory]
    [InlineData("application/dicom; transfer-syntax=*", true)]
    [InlineData("application/dicom", false)]
    [InlineData(Multi + "; transfer-syntax=*", true)]
    [InlineData(Multi, false)]
    [InlineData("application/zip", true)]
    public async Task Head_AnyForm_HasTheHeadersOfGetAndNoBody(string accept, bool isLengthKnown)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian });
        await server.StoreAsync(ct);
        using var get = await server.GetAsync(InstancePath(ct), accept);
        using var head = await server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, InstancePath(ct)) { Headers = { { "Accept", accept }, { "Range", "bytes=0-9" } } });
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType?.MediaType, head.Content.Headers.ContentType?.MediaType);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Equal(get.Content.Headers.ContentLocation, head.Content.Headers.ContentLocation);
        Assert.Equal(isLengthKnown ? get.Content.Headers.ContentLength : null, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Deleted_AtEveryLevel_IsGone()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var deleted = await server.Http.DeleteAsync($"/api/v1/studies/{ct.StudyInstanceUid}");
        Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync());
        foreach (var path in new[] { StudyPath(ct), SeriesPath(ct), InstancePath(ct), InstancePath(ct) + "/rendered", StudyPath(ct) + "/thumbnail" })
            await ApiServer.AssertProblemAsync(410, await server.GetAsync(path, "*/*"));

        await server.StoreAsync(ct);
        foreach (var path in new[] { SeriesPath(ct) + "/instances/1.2.3", StudyPath(ct) + "/series/1.2.3", StudyPath(ct) + "/series/1.2.3/metadata" })
            await ApiServer.AssertProblemAsync(404, await server.GetAsync(path, "*/*"));
    }

    [Theory]
    [InlineData("", null, 404)]
    [InlineData("/series/1.2", "application/zip", 404)]
    [InlineData("/series/1.2/instances/1.3", "application/dicom", 404)]
    [InlineData("/rendered", null, 404)]
    [InlineData("/series/1.2/instances/1.3/frames/1/thumbnail", "image/jpeg", 404)]
    [InlineData("/series/a b", null, 400)]
    [InlineData("/series/..%2f1", null, 400)]
    [InlineData("/series/a%20b/rendered", null, 400)]
    public async Task Retrieve_WhatIsNotThere_IsRefusedWithAReason(string path, string? accept, int status) =>
        await ApiServer.AssertProblemAsync(status, await server.GetAsync("/dicomweb/studies/1.2.3.4.5.6" + path, accept));

    [Theory]
    [InlineData("image/jpeg", 406)]
    [InlineData("*/*", 406)]
    [InlineData(null, 406)]
    [InlineData("multipart/related; type=\"image/jpeg\"", 406)]
    [InlineData("application/dicom, image/jpeg", 400)]
    public async Task Rendered_AtEveryLevel_IsRefusedWithAReason(string? accept, int status)
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        foreach (var level in new[] { StudyPath(ct), SeriesPath(ct), InstancePath(ct), InstancePath(ct) + "/frames/1" })
            foreach (var resource in new[] { "rendered", "thumbnail" })
                await ApiServer.AssertProblemAsync(status, await server.GetAsync($"{level}/{resource}", accept));
    }

    private static SampleObject Sample(string syntax) => syntax == Jpeg
        ? SampleObjects.Encapsulated(SampleOptions.Fresh())
        : SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(syntax) });

    private static string StudyPath(SampleObject o) => $"/dicomweb/studies/{o.StudyInstanceUid}";
    private static string SeriesPath(SampleObject o) => $"{StudyPath(o)}/series/{o.SeriesInstanceUid}";
    private static string InstancePath(SampleObject o) => $"{SeriesPath(o)}/instances/{o.SopInstanceUid}";

    private static async Task<(string Form, IReadOnlyList<byte[]> Files)> FilesAsync(HttpResponseMessage response)
    {
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        switch (response.Content.Headers.ContentType!.MediaType)
        {
            case "multipart/related":
                return ("multipart", [.. (await ApiServer.PartsAsync(response)).Select(p => p.Data)]);
            case "application/dicom":
                return ("single", [await response.Content.ReadAsByteArrayAsync()]);
            default:
                using (var zip = new ZipArchive(await response.Content.ReadAsStreamAsync()))
                {
                    var files = new List<byte[]>();
                    foreach (var entry in zip.Entries)
                    {
                        using var copy = new MemoryStream();
                        await using (var content = await entry.OpenAsync()) await content.CopyToAsync(copy);
                        files.Add(copy.ToArray());
                    }
                    return ("zip", files);
                }
        }
    }
}
