using System.Net;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Wado;

public sealed class WadoUriTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string Explicit = "1.2.840.10008.1.2.1";
    private const string Implicit = "1.2.840.10008.1.2";
    private const string Jpeg = "1.2.840.10008.1.2.4.50";

    [Theory]
    [InlineData(Implicit, "", null, Explicit)]
    [InlineData(Implicit, "", "*/*", Explicit)]
    [InlineData(Implicit, "", "image/avif,image/webp,*/*;q=0.8", Explicit)]
    [InlineData(Implicit, "&contentType=application/dicom", "*/*", Explicit)]
    [InlineData(Implicit, "&contentType=application%2Fdicom%3Bq%3D0.5", null, Explicit)]
    [InlineData(Implicit, "&transferSyntax=*", null, Implicit)]
    [InlineData(Implicit, "&transferSyntax=1.2.840.10008.1.2.1.99", null, "1.2.840.10008.1.2.1.99")]
    [InlineData(Implicit, "&transferSyntax=" + Jpeg, null, "406")]
    [InlineData(Implicit, "&transferSyntax=1.2.3", null, "400")]
    [InlineData(Implicit, "&transferSyntax=" + Explicit + "&transferSyntax=" + Implicit, null, "400")]
    [InlineData(Jpeg, "", null, Jpeg)]
    [InlineData(Jpeg, "&transferSyntax=" + Jpeg, "application/dicom", Jpeg)]
    [InlineData(Jpeg, "&transferSyntax=" + Explicit, null, "406")]
    [InlineData(Implicit, "&contentType=image/jpeg", "*/*", "406")]
    [InlineData(Implicit, "&contentType=text/html,application/pdf", null, "406")]
    [InlineData(Implicit, "&contentType=application/dicom%2Bjson", null, "406")]
    [InlineData(Implicit, "&contentType=application/dicom,image/jpeg", null, "400")]
    [InlineData(Implicit, "&contentType=application/*", null, "400")]
    [InlineData(Implicit, "&contentType=application/dicom%3Btransfer-syntax%3D*", null, "400")]
    [InlineData(Implicit, "&contentType=application/dicom", "image/jpeg", "406")]
    [InlineData(Implicit, "", "image/jpeg", "406")]
    [InlineData(Implicit, "", "application/dicom;q=0, */*", "406")]
    [InlineData(Implicit, "&charset=UTF-8", null, Explicit)]
    [InlineData(Implicit, "&charset=klingon", null, "400")]
    [InlineData(Implicit, "&anonymize=yes", null, "406")]
    [InlineData(Implicit, "&anonymize=perhaps", null, "400")]
    [InlineData(Implicit, "&rows=512", null, "406")]
    [InlineData(Implicit, "&contentType=application/dicom&windowCenter=40", null, "400")]
    public async Task Get_ParametersAndHeader_DecideTheAnswer(string stored, string parameters, string? accept, string expected)
    {
        var sample = stored == Jpeg
            ? SampleObjects.Encapsulated(SampleOptions.Fresh())
            : SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(stored) });
        await server.StoreAsync(sample);
        using var response = await server.GetAsync(Address(sample) + parameters, accept);
        if (int.TryParse(expected, out var status))
        {
            await ApiServer.AssertProblemAsync(status, response);
            return;
        }
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal("application/dicom", response.Content.Headers.ContentType?.ToString());
        var file = DicomFile.Read(new MemoryStream(bytes));
        Assert.Equal((expected, sample.SopInstanceUid), (file.FileMeta.TransferSyntax.Uid, file.Dataset.GetString(Tags.SOPInstanceUID)));
        if (expected == stored) Assert.Equal(sample.ToDatasetBytes(), bytes[^sample.ToDatasetBytes().Length..]);
        Assert.EndsWith($"/dicomweb/studies/{sample.StudyInstanceUid}/series/{sample.SeriesInstanceUid}/instances/{sample.SopInstanceUid}", response.Content.Headers.ContentLocation?.ToString(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Warning"));
    }

    [Theory]
    [InlineData("studyUID=1.2&seriesUID=1.3&objectUID=1.4")]
    [InlineData("requestType=QIDO&studyUID=1.2&seriesUID=1.3&objectUID=1.4")]
    [InlineData("requestType=WADO&seriesUID=1.3&objectUID=1.4")]
    [InlineData("requestType=WADO&studyUID=1.2&objectUID=1.4")]
    [InlineData("requestType=WADO&studyUID=1.2&seriesUID=1.3")]
    [InlineData("requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=")]
    [InlineData("requestType=WADO&studyUID=1.2&seriesUID=1.3&objectUID=1.4&objectUID=1.5")]
    [InlineData("requestType=WADO&studyUID=a/b&seriesUID=1.3&objectUID=1.4")]
    [InlineData("")]
    public async Task Get_ParameterMissingOrBad_IsRefusedWithAReason(string query) => await ApiServer.AssertProblemAsync(400, await server.GetAsync("/wado?" + query));

    [Fact]
    public async Task Get_WhatIsNotThere_IsNotFoundOrGone()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await ApiServer.AssertProblemAsync(404, await server.GetAsync(Address(ct)));
        await server.StoreAsync(ct);
        await ApiServer.AssertProblemAsync(404, await server.GetAsync(Address(ct).Replace(ct.SeriesInstanceUid, "1.2.3", StringComparison.Ordinal)));
        using var deleted = await server.Http.DeleteAsync($"/api/v1/studies/{ct.StudyInstanceUid}");
        await ApiServer.AssertProblemAsync(410, await server.GetAsync(Address(ct)));
    }

    [Fact]
    public async Task Get_RangeAndTag_AreHonoured()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var whole = await server.GetAsync(Address(ct) + "&transferSyntax=*");
        using var part = await server.GetAsync(Address(ct) + "&transferSyntax=*", null, ("Range", "bytes=128-131"), ("If-Range", whole.Headers.ETag!.ToString()));
        Assert.Equal("DICM"u8.ToArray(), await part.Content.ReadAsByteArrayAsync());
        using var known = await server.GetAsync(Address(ct) + "&transferSyntax=*", null, ("If-None-Match", whole.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
    }

    [Fact]
    public async Task Get_UnknownParameter_IsIgnoredWithAWarning()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        using var response = await server.GetAsync(Address(ct) + "&frame%0D%0AX=1");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("299 ", Assert.Single(response.Headers.GetValues("Warning")), StringComparison.Ordinal);
    }

    private static string Address(SampleObject o) => $"/wado?requestType=WADO&studyUID={o.StudyInstanceUid}&seriesUID={o.SeriesInstanceUid}&objectUID={o.SopInstanceUid}";
}
