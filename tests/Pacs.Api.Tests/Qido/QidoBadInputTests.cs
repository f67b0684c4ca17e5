using System.Net;
using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Qido;

/// <summary>Searches that are wrong, or meant to harm: a defined status, a reason, and nothing else happens.</summary>
public sealed class QidoBadInputTests(ApiServer server) : IClassFixture<ApiServer>
{
    private const string TooLong = "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25.26";

    [Theory]
    // Attributes that are none.
    [InlineData("studies?NoSuchKeyword=1", "NoSuchKeyword")]
    [InlineData("studies?0010002=1", "0010002")]
    [InlineData("studies?001000200=1", "001000200")]
    [InlineData("studies?patientname=x", "patientname")]
    [InlineData("studies?patientId=x", "patientId")]
    [InlineData("studies?=x", "no attribute")]
    [InlineData("studies?PatientID.=x", "no sequence")]
    [InlineData("studies?.PatientID=x", "no attribute")]
    [InlineData("studies?PatientID.PatientName=x", "no sequence")]
    [InlineData("studies?00020010=1.2.840.10008.1.2", "no attribute of stored objects")]
    [InlineData("studies?00080000=1", "no attribute of stored objects")]
    [InlineData("studies?includefield=NoSuchKeyword", "NoSuchKeyword")]
    [InlineData("studies?includefield=PatientID,", null)]
    [InlineData("instances?00400275.00400275.00400275.00400275.00400275.00400275.00400275.00400275.00400009=1", "at most 7 sequences")]
    // Of a lower level.
    [InlineData("studies?Modality=CT", "lower level")]
    [InlineData("studies?00290010=A&00291001=x", "lower level")]
    [InlineData("series?InstanceNumber=1", "lower level")]
    [InlineData("studies/1.2/series?SOPInstanceUID=1.2", "lower level")]
    // Private ones.
    [InlineData("instances?00291001=x", "00290010=NAME")]
    [InlineData("instances?00290010=A*&00291001=x", "00290010=NAME")]
    [InlineData("instances?00290011=A&00291001=x", "00290010=NAME")]
    [InlineData("instances?00290001=x", "no attribute of stored objects")]
    // Values that are none.
    [InlineData("studies?StudyDate=yesterday", "00080020")]
    [InlineData("studies?StudyDate=20241301", "00080020")]
    [InlineData("studies?StudyTime=2500", "00080030")]
    [InlineData("studies?NumberOfStudyRelatedInstances=many", "00201208")]
    [InlineData("studies?StudyInstanceUID=1.2*", "no UID")]
    [InlineData("studies?StudyInstanceUID=1.2,x'y", "no UID")]
    [InlineData($"studies?StudyInstanceUID={TooLong}", "no UID")]
    [InlineData("studies?PatientName=a%00b", "00100010")]
    [InlineData("series?RequestAttributesSequence=x", "sequence")]
    [InlineData("instances?PixelData=x", "binary")]
    [InlineData("studies?TimezoneOffsetFromUTC=CET", "+HHMM")]
    [InlineData("studies?TimezoneOffsetFromUTC=%2B9900", "+HHMM")]
    // Parameters.
    [InlineData("studies?limit=-1", "whole number")]
    [InlineData("studies?limit=1.5", "whole number")]
    [InlineData("studies?limit=", "whole number")]
    [InlineData("studies?limit=%D9%A1", "whole number")]
    [InlineData("studies?offset=x", "whole number")]
    [InlineData("studies?fuzzymatching=perhaps", "true or false")]
    [InlineData("studies?emptyvaluematching=1", "true or false")]
    [InlineData("studies?multiplevaluematching=", "true or false")]
    // What is given twice.
    [InlineData("studies?PatientID=1&PatientID=2", "2 times")]
    [InlineData("studies?PatientID=1&00100020=1", "twice")]
    [InlineData("series?RequestAttributesSequence.RequestedProcedureID=1&00400275.00401001=1", "twice")]
    [InlineData("studies?limit=1&limit=2", "2 times")]
    [InlineData("studies?limit=1&LIMIT=2", "2 times")]
    // UIDs of the path.
    [InlineData("studies/1.2%20OR%201=1/series", "no UID")]
    [InlineData("studies/1.2';DROP%20TABLE%20studies;--/series", "no UID")]
    [InlineData("studies/1.2/series/..%2f..%2fetc/instances", "no UID")]
    [InlineData("studies/%E4%B8%80/instances", "no UID")]
    [InlineData($"studies/{TooLong}/series", "no UID")]
    public async Task Search_Wrong_IsRefusedWithAReason(string path, string? reason)
    {
        using var response = await server.GetAsync("/dicomweb/" + path);
        if (reason is null)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return;
        }
        await ApiServer.AssertProblemAsync(400, response);
        Assert.Contains(reason, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("studies?_=1", "_ is no parameter of a search, and has been ignored.")]
    [InlineData("studies?annotation=patient&window=1,2,linear", "annotation, window are no parameters of a search, and have been ignored.")]
    [InlineData("studies?SpecificCharacterSet=ISO_IR%20100", "SpecificCharacterSet is no parameter of a search, and has been ignored.")]
    [InlineData("studies?includefield=Rows", "Rows is not answered by this search, and has been ignored.")]
    [InlineData("studies?includefield=Rows,SeriesNumber,StudyDate", "Rows, SeriesNumber are not answered by this search, and have been ignored.")]
    [InlineData("studies?x%0D%0ASet-Cookie:a=1", "x??Set-Cookie?a is no parameter of a search, and has been ignored.")]
    [InlineData("studies?fuzzymatching=true&emptyvaluematching=false&multiplevaluematching=false&offset=0&limit=1&charset=utf-8&accept=application/dicom%2Bjson&PatientID=NOBODY", null)]
    public async Task Search_ParameterThatIsNone_IsToldOfAndIgnored(string path, string? remark)
    {
        using var response = await server.GetAsync("/dicomweb/" + path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var expected = remark is null ? Array.Empty<string>() : [$"299 {server.Address}/dicomweb: {remark}"];
        Assert.Equal(expected, QidoPagingTests.Warnings(response).Where(w => !w.Contains("additional", StringComparison.Ordinal)));
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Search_OtherCharset_IsNotAcceptable() => await ApiServer.AssertProblemAsync(406, await server.GetAsync("/dicomweb/studies?charset=iso-8859-1"));

    [Fact]
    public async Task Search_HundredThousandKeys_IsTooLong()
    {
        var keys = string.Join('&', Enumerable.Range(0, 100_000).Select(i => $"k{i}=1"));
        using var response = await server.GetAsync("/dicomweb/studies?" + keys);
        Assert.Equal(HttpStatusCode.RequestUriTooLong, response.StatusCode);
    }

    [Theory]
    [InlineData("k{0}=1&", 5_000, 200)]
    [InlineData("PatientID={0}&", 2_500, 400)]
    [InlineData("includefield=Rows&", 3_000, 200)]
    [InlineData("{0:X8}=x&", 4_000, 400)]
    [InlineData("0020{0:X4}=&", 4_000, 400)]
    public async Task Search_ThousandsOfParameters_AreAnsweredInShort(string parameter, int count, int status)
    {
        var query = string.Concat(Enumerable.Range(0, count).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, parameter, i)));
        using var response = await server.GetAsync("/dicomweb/studies?limit=1&" + query);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.True(response.Headers.ToString().Length < 2_000);
        Assert.True((await response.Content.ReadAsStringAsync()).Length < 10_000);
    }

    [Fact]
    public async Task Search_LongListOfUids_FindsThoseThatAreThere()
    {
        var ct = SampleObjects.Ct(SampleOptions.Fresh());
        await server.StoreAsync(ct);
        var uids = string.Join(',', Enumerable.Range(1, 3_000).Select(i => $"1.2.3.{i}").Append(ct.StudyInstanceUid));
        Assert.Single((await server.GetJsonAsync($"/dicomweb/studies?StudyInstanceUID={uids}")).EnumerateArray());
    }

    [Theory]
    [InlineData("'; DROP TABLE studies; --")]
    [InlineData("' OR '1'='1")]
    [InlineData("\" OR \"\"=\"")]
    [InlineData("$1); SELECT pg_sleep(60); --")]
    [InlineData("%' UNION SELECT * FROM api_keys --")]
    [InlineData("a\\'b")]
    [InlineData("{0}{PatientName}\r\nINFO: injected")]
    [InlineData("${jndi:ldap://localhost/a}")]
    [InlineData("../../../etc/passwd")]
    [InlineData("\u202Ereversed\uFEFF")]
    [InlineData("=^=x'^=^")]
    public async Task Search_Injection_IsAValueLikeAnyOther(string value)
    {
        await server.StoreAsync(SampleObjects.Ct(SampleOptions.Fresh()));
        var before = server.Postgres.Query("SELECT count(*) FROM studies");
        foreach (var key in new[] { "PatientID", "PatientName", "AccessionNumber", "StudyDescription", "ModalitiesInStudy", "PatientComments", "RequestAttributesSequence.RequestedProcedureID" })
            foreach (var extra in new[] { "", "*", "&fuzzymatching=true" })
            {
                var query = $"{key}={Uri.EscapeDataString(value)}{extra}";
                Assert.Empty((await server.GetJsonAsync($"/dicomweb/series?{query}")).EnumerateArray());
            }
        Assert.Equal(before, server.Postgres.Query("SELECT count(*) FROM studies"));
    }

    [Fact]
    public async Task Search_HostilePattern_EndsSoon()
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 5_000)) + "b";
        foreach (var key in new[] { "PatientName", "StudyDescription", "PatientComments" })
            Assert.Empty((await server.GetJsonAsync($"/dicomweb/studies?{key}={pattern}")).EnumerateArray());
    }

    [Fact]
    public async Task Search_TimeIsUp_IsTooLarge()
    {
        var impatient = new ImpatientServer();
        await impatient.InitializeAsync();
        try
        {
            await ApiServer.AssertProblemAsync(413, await impatient.GetAsync("/dicomweb/studies"));
        }
        finally
        {
            await impatient.DisposeAsync();
        }
    }

    private sealed class ImpatientServer : ApiServer
    {
        protected override (string Key, string Value)[] Settings => [("Pacs:Queries:TimeBudgetSeconds", "0.000001")];
    }
}
