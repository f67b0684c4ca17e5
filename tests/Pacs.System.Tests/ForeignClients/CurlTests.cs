using System.IO.Compression;
using System.Text.Json.Nodes;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.ForeignClients;

/// <summary>What scripts do with curl and unzip.</summary>
public sealed class CurlTests(OneProcessServer fixture) : IClassFixture<OneProcessServer>, IDisposable
{
    private const string FileAlone = "Accept: application/dicom; transfer-syntax=*";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Upload_AsAForm_StoresEachFile()
    {
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        var files = study.SelectMany(o => new[] { "-F", $"file=@{o.WriteTo(_folder.Path)};type=application/dicom" });

        var answer = await CurlAsync(["-H", "Content-Type: multipart/related; type=\"application/dicom\"", "-H", "Accept: application/dicom+json", .. files, "/dicomweb/studies"]);

        Assert.Equal(study.Select(o => o.SopInstanceUid).Order(), StoredBy(answer).Order());
    }

    [Fact]
    public async Task Upload_CompressedBody_IsStoredByteForByte()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await using (var packed = new GZipStream(File.Create(_folder.File("body.gz")), CompressionLevel.Fastest)) await packed.WriteAsync(sample.ToPart10());

        var answer = await CurlAsync("-H", "Content-Type: application/dicom", "-H", "Content-Encoding: gzip", "-H", "Accept: application/dicom+json", "--data-binary", "@" + _folder.File("body.gz"), "/dicomweb/studies");

        Assert.Equal([sample.SopInstanceUid], StoredBy(answer));
        Assert.Equal(sample.ToDatasetBytes(), Part10.DatasetOf(await FetchAsync(sample)));
    }

    [Fact]
    public async Task Upload_ChunkedFromAPipe_IsStored()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var file = sample.WriteTo(_folder.Path);

        var answer = await CurlAsync("-T", file, "-X", "POST", "-H", "Transfer-Encoding: chunked", "-H", "Content-Type: application/dicom", "-H", "Accept: application/dicom+json", "/dicomweb/studies");

        Assert.Equal([sample.SopInstanceUid], StoredBy(answer));
    }

    [Fact]
    public async Task Download_InRanges_IsTheFile()
    {
        var sample = await StoreAsync();
        var whole = await FetchAsync(sample);

        var first = await FetchAsync(sample, "-r", "0-999");
        // Goes on where a download was broken off.
        await File.WriteAllBytesAsync(_folder.File("resumed"), whole[..4000]);
        await CurlAsync("-H", FileAlone, "-C", "-", "-o", _folder.File("resumed"), PathOf(sample));

        Assert.Equal(whole[..1000], first);
        Assert.Equal(whole, await File.ReadAllBytesAsync(_folder.File("resumed")));
        Assert.Equal("416", await StatusAsync("-H", FileAlone, "-r", "99999999-", PathOf(sample)));
    }

    [Fact]
    public async Task Download_WithTheTagOfTheFormer_IsNotSentAgain()
    {
        var sample = await StoreAsync();
        foreach (var (accept, path) in new[] { (FileAlone, PathOf(sample)), ("Accept: application/dicom+json", PathOf(sample) + "/metadata") })
        {
            var (tag, body) = (_folder.File("tag"), _folder.File("body"));
            Assert.Equal("200", await StatusAsync("-H", accept, "--etag-save", tag, "-o", body, path));
            Assert.Equal("304", await StatusAsync("-H", accept, "--etag-compare", tag, "-o", body, path));
            File.Delete(tag);
        }
    }

    [Fact]
    public async Task Head_OfAFile_TellsItsLengthAndSendsNone()
    {
        var sample = await StoreAsync();
        var length = (await FetchAsync(sample)).Length;

        var headers = await CurlAsync("-I", "-H", FileAlone, PathOf(sample));

        Assert.Contains($"content-length: {length}", headers, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("content-type: application/dicom", headers, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("etag: ", headers, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Metadata_Compressed_IsTheSame()
    {
        var sample = await StoreAsync();

        var plain = await CurlAsync(PathOf(sample) + "/metadata");
        var packed = await CurlAsync("--compressed", "-D", _folder.File("headers"), PathOf(sample) + "/metadata");

        Assert.Equal(plain, packed);
        Assert.Contains("content-encoding:", await File.ReadAllTextAsync(_folder.File("headers")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Zip_OfAStudy_IsWhatUnzipTakesAndHoldsEachFile()
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        using (var stored = await fixture.Web.StowAsync(study.Select(o => o.ToPart10()))) stored.EnsureSuccessStatusCode();
        var (zip, tree) = (_folder.File("study.zip"), _folder.File("tree"));

        await CurlAsync("-H", "Accept: application/zip", "-o", zip, $"/dicomweb/studies/{study[0].StudyInstanceUid}");
        (await ExternalProcess.RunAsync("unzip", ["-tq", zip])).EnsureSucceeded();
        (await ExternalProcess.RunAsync("unzip", ["-q", zip, "-d", tree])).EnsureSucceeded();

        var files = Directory.GetFiles(tree, "*", SearchOption.AllDirectories);
        Assert.Equal(
            study.Select(o => Convert.ToHexString(o.ToDatasetBytes())).Order(),
            files.Select(f => Convert.ToHexString(Part10.DatasetOf(File.ReadAllBytes(f)))).Order());
        foreach (var file in files) await Dcmtk.DumpAsync(file);
    }

    private async Task<SampleObject> StoreAsync()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        Assert.Null(await fixture.Web.StowAsync(sample.ToPart10()));
        return sample;
    }

    private async Task<byte[]> FetchAsync(SampleObject sample, params string[] options)
    {
        var file = _folder.File(Guid.NewGuid().ToString("N"));
        await CurlAsync([.. options, "-H", FileAlone, "-o", file, PathOf(sample)]);
        return await File.ReadAllBytesAsync(file);
    }

    private static string PathOf(SampleObject sample) =>
        $"/dicomweb/studies/{sample.StudyInstanceUid}/series/{sample.SeriesInstanceUid}/instances/{sample.SopInstanceUid}";

    private static IEnumerable<string> StoredBy(string answer) =>
        JsonNode.Parse(answer)!["00081199"]!["Value"]!.AsArray().Select(i => (string)i!["00081155"]!["Value"]![0]!);

    /// <summary>The last argument is the path.</summary>
    private async Task<string> CurlAsync(params IReadOnlyList<string> arguments) => (await RunAsync(["--fail-with-body", .. arguments])).EnsureSucceeded().Output;

    private async Task<string> StatusAsync(params IReadOnlyList<string> arguments) =>
        (await RunAsync(["-w", "%{stderr}%{http_code}", .. arguments])).EnsureSucceeded().Error;

    private Task<ProcessResult> RunAsync(IReadOnlyList<string> arguments) =>
        ExternalProcess.RunAsync("curl", ["-sS", .. arguments.SkipLast(1), new Uri(fixture.Server.Http.BaseAddress!, arguments[^1]).ToString()]);
}
