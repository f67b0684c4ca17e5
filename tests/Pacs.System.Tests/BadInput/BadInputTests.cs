using System.Net;
using System.Net.Sockets;
using System.Text;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.System.Tests.Servers;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.BadInput;

/// <summary>What is wrong is answered with the status defined for it, and the server goes on.</summary>
public sealed class BadInputTests(OneProcessServer fixture) : IClassFixture<OneProcessServer>
{
    private const string UnknownUid = "2.25.404";

    [Fact]
    public async Task CStore_DatasetWithoutUids_IsA900()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { Customize = d => d.Remove(Tags.StudyInstanceUID) });
        await AssertRefusedAsync(sample, DimseStatus.DatasetDoesNotMatchSopClass);
    }

    [Fact]
    public async Task CStore_UidsThatDisagreeWithTheCommand_IsA900()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var response = await fixture.Scu.StoreAsync(sample.SopClassUid, UnknownUid, sample.TransferSyntax.Uid, sample.ToDatasetBytes());

        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, response?.Status);
        Assert.NotEmpty(response?.ErrorComment ?? "");
    }

    [Fact]
    public async Task CStore_TruncatedDataset_IsC000()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var response = await fixture.Scu.StoreAsync(sample.SopClassUid, sample.SopInstanceUid, sample.TransferSyntax.Uid, sample.ToDatasetBytes()[..^100]);

        Assert.Equal(DimseStatus.CannotUnderstand, response?.Status);
        Assert.Empty(await fixture.Web.QidoAsync($"instances?SOPInstanceUID={sample.SopInstanceUid}"));
    }

    [Theory]
    [InlineData("01 00 00 00")]
    [InlineData("01 00 FF FF FF FF 00 01")]
    [InlineData("FF FF FF FF FF FF FF FF FF FF")]
    [InlineData("04 00 00 00 00 06 00 00 00 02 01 03")]
    [InlineData("16 03 01 02 00 01 00 01 FC 03 03")]
    [InlineData("47 45 54 20 2F 20 48 54 54 50 2F 31 2E 31 0D 0A 0D 0A")]
    public async Task BrokenPdu_ConnectionEnds_ServerGoesOn(string bytes)
    {
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(fixture.Server.Dimse.Host, fixture.Server.Dimse.Port);
            await socket.SendAsync(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[1024];
            while (await ReceiveAsync(socket, answer) > 0) { }
        }
        (await Dcmtk.EchoScuAsync(fixture.Server.Dimse)).EnsureSucceeded();
    }

    [Fact]
    public async Task Stow_TruncatedFile_IsC000()
    {
        var file = SampleObjects.Ct(SampleOptions.Fresh()).ToPart10();
        Assert.Equal(0xC000, (int?)await fixture.Web.StowAsync(file[..^100]));
    }

    [Fact]
    public async Task Stow_NotDicom_IsRefused() => Assert.Equal(0xC000, (int?)await fixture.Web.StowAsync(Encoding.ASCII.GetBytes(new string('x', 5000))));

    [Fact]
    public async Task Stow_StudyOtherThanThePath_IsA900()
    {
        using var response = await fixture.Web.StowAsync([SampleObjects.Ct(SampleOptions.Fresh()).ToPart10()], "studies/" + UnknownUid);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("43264", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CFind_UnknownUid_IsSuccessWithoutMatch()
    {
        var responses = await fixture.Scu.FindAsync(new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(Tags.StudyInstanceUID, UnknownUid));
        Assert.Equal([DimseStatus.Success], responses.Select(r => r.Status));
    }

    [Fact]
    public async Task CFind_NoLevel_IsA900()
    {
        var responses = await fixture.Scu.FindAsync(new DicomDataset().Set(Tags.StudyInstanceUID, UnknownUid));
        Assert.Equal([DimseStatus.DatasetDoesNotMatchSopClass], responses.Select(r => r.Status));
    }

    [Fact]
    public async Task CGet_UnknownUid_EndsWithNothingSent()
    {
        var (final, objects) = await fixture.Scu.GetAsync(
            new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(Tags.StudyInstanceUID, UnknownUid), (Uids.CTImageStorage, Uids.ExplicitVRLittleEndian));
        Assert.True(final.Status.IsSuccess, final.Status.ToString());
        Assert.Empty(objects);
    }

    [Theory]
    [InlineData("GET", "/dicomweb/studies/2.25.404", null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/dicomweb/studies/2.25.404/metadata", null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/dicomweb/studies/not-a-uid!/metadata", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/dicomweb/studies", "image/png", HttpStatusCode.NotAcceptable)]
    [InlineData("GET", "/dicomweb/studies?StudyDate=yesterday", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/dicomweb/studies?NoSuchKeyword=1", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/dicomweb/studies?limit=many", null, HttpStatusCode.BadRequest)]
    [InlineData("POST", "/dicomweb/studies", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("DELETE", "/api/v1/studies/2.25.404", null, HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/v1/peers/NOSUCHAE", null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/v1/jobs/404404", null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/no/such/thing", null, HttpStatusCode.NotFound)]
    public async Task Http_WrongRequest_IsAProblemWithAnExplanation(string method, string path, string? accept, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST") request.Content = new StringContent("x", Encoding.UTF8, "text/plain");
        if (accept is not null) request.Headers.Accept.Add(new(accept));
        using var response = await fixture.Server.Http.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"detail\":", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task AssertRefusedAsync(SampleObject sample, DimseStatus expected)
    {
        var response = await fixture.Scu.StoreAsync(sample);
        Assert.Equal(expected, response?.Status);
        Assert.NotEmpty(response?.ErrorComment ?? "");
    }

    private static async Task<int> ReceiveAsync(Socket socket, byte[] buffer)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            return await socket.ReceiveAsync(buffer, limit.Token);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }
}
