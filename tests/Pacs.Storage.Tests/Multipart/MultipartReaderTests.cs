using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Pacs.Storage.Multipart;

namespace Pacs.Storage.Tests.Multipart;

public sealed class MultipartReaderTests
{
    private const string Body = "preamble\r\n--b\r\nContent-Type: application/dicom\r\nX: y\r\n\r\none\r\n--bc\r\nis data\r\n--b \t\r\n\r\n\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue";
    private static readonly string[] Parts = ["one\r\n--bc\r\nis data", "", "two"];

    [Fact]
    public async Task Read_BodyInPiecesOfAnySize_GivesTheSameParts()
    {
        for (var size = 1; size <= Body.Length; size++)
            Assert.Equal(Parts, (await ReadAsync(Body, "b", size)).Select(p => p.Data));
    }

    [Fact]
    public async Task Read_DelimiterAtTheVeryStart_IsFound() =>
        Assert.Equal(["x"], (await ReadAsync("--b\r\n\r\nx\r\n--b--", "b", 3)).Select(p => p.Data));

    [Fact]
    public async Task Read_BodyCutAnywhere_EndsWithAnErrorOrATruncatedPart()
    {
        for (var length = 0; length < Body.Length - "\r\nepilogue".Length; length++)
        {
            try
            {
                var parts = await ReadAsync(Body[..length], "b", 7);
                Assert.True(parts.Count > 0 && parts[^1].IsTruncated, $"{length} bytes");
            }
            catch (MultipartException)
            {
                // As good: before the first part, or within headers.
            }
        }
    }

    [Theory]
    [InlineData("--b\r\nno colon\r\n\r\nx\r\n--b--")]
    [InlineData("--b\r\n: no name\r\n\r\nx\r\n--b--")]
    [InlineData("no boundary at all")]
    [InlineData("")]
    public async Task Read_NotMultipart_Throws(string body) =>
        await Assert.ThrowsAsync<MultipartException>(() => ReadAsync(body, "b", 1000));

    [Fact]
    public async Task Read_HeaderBombs_Throw()
    {
        var many = string.Concat(Enumerable.Range(0, MultipartReader.MaxHeaders + 1).Select(i => $"h{i}: v\r\n"));
        await Assert.ThrowsAsync<MultipartException>(() => ReadAsync($"--b\r\n{many}\r\nx\r\n--b--", "b", 4096));
        await Assert.ThrowsAsync<MultipartException>(() => ReadAsync($"--b\r\nh: {new string('x', MultipartReader.MaxHeaderBytes)}\r\n\r\nx\r\n--b--", "b", 4096));
        await Assert.ThrowsAsync<MultipartException>(() => ReadAsync($"--b\r\n{new string('x', 10 * MultipartReader.MaxHeaderBytes)}", "b", 4096));
    }

    [Theory]
    [InlineData("")]
    [InlineData("with\nbreak")]
    [InlineData("ends ")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234567890")]
    public void Construct_BadBoundary_Throws(string boundary) =>
        Assert.Throws<MultipartException>(() => new MultipartFraming(boundary));

    [Fact]
    public async Task ReadHeaders_PartNotRead_SkipsIt()
    {
        var reader = new MultipartReader(PipeReader.Create(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(Body))), "b");
        var count = 0;
        while (await reader.ReadHeadersAsync(default) is not null) count++;
        Assert.Equal(3, count);
    }

    private static async Task<List<(string Data, bool IsTruncated)>> ReadAsync(string body, string boundary, int pieceSize)
    {
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 16, pauseWriterThreshold: 0));
        var reader = new MultipartReader(pipe.Reader, boundary);
        var writing = WriteAsync(pipe.Writer, Encoding.Latin1.GetBytes(body), pieceSize);
        var parts = new List<(string, bool)>();
        while (await reader.ReadHeadersAsync(default) is not null)
        {
            var data = new StringBuilder();
            while (true)
            {
                var chunk = await reader.ReadAsync(default);
                data.Append(Encoding.Latin1.GetString(chunk.Data));
                reader.Advance();
                if (!chunk.IsLast) continue;
                parts.Add((data.ToString(), chunk.IsTruncated));
                break;
            }
        }
        await writing;
        return parts;
    }

    private static async Task WriteAsync(PipeWriter writer, byte[] body, int pieceSize)
    {
        foreach (var piece in body.Chunk(pieceSize))
        {
            await writer.WriteAsync(piece);
            await Task.Yield();
        }
        await writer.CompleteAsync();
    }
}
