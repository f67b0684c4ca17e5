using System.Text;

namespace Pacs.Api.Tests.Wado;

/// <summary>A part of a multipart answer, with its headers.</summary>
internal sealed record ReceivedPart(IReadOnlyDictionary<string, string> Headers, byte[] Data)
{
    public string ContentType => Headers["Content-Type"];
    public string Location => Headers["Content-Location"];

    public static async Task<IReadOnlyList<ReceivedPart>> ReadAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync())}");
        var boundary = response.Content.Headers.ContentType!.Parameters.Single(p => p.Name == "boundary").Value!.Trim('"');
        var text = "\r\n" + Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync());
        Assert.EndsWith($"\r\n--{boundary}--\r\n", text, StringComparison.Ordinal);
        return [.. text.Split($"\r\n--{boundary}")[1..^1].Select(part =>
        {
            var end = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var headers = part[2..end].Split("\r\n").Select(h => h.Split(": ", 2)).ToDictionary(h => h[0], h => h[1]);
            var data = Encoding.Latin1.GetBytes(part[(end + 4)..]);
            Assert.Equal(headers["Content-Length"], $"{data.Length}");
            return new ReceivedPart(headers, data);
        })];
    }
}
