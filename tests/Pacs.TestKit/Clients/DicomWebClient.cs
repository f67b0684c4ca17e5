using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Pacs.TestKit.Clients;

/// <summary>A plain DICOMweb client. Its multipart reader is the framework's, not the server's.</summary>
/// <param name="http">With the server's root as its base address.</param>
public sealed class DicomWebClient(HttpClient http)
{
    public const string DicomParts = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

    /// <summary>STOW-RS of Part 10 files.</summary>
    public async Task<HttpResponseMessage> StowAsync(IEnumerable<byte[]> files, string path = "studies")
    {
        using var content = new MultipartContent("related", "stow-" + Guid.NewGuid().ToString("N"));
        content.Headers.ContentType!.Parameters.Add(new System.Net.Http.Headers.NameValueHeaderValue("type", "\"application/dicom\""));
        foreach (var file in files)
        {
            var part = new ByteArrayContent(file);
            part.Headers.ContentType = new("application/dicom");
            content.Add(part);
        }
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dicomweb/" + path) { Content = content };
        request.Headers.Accept.Add(new("application/dicom+json"));
        return await http.SendAsync(request);
    }

    /// <summary>STOW-RS of one file: the failure reason of (0008,1198), or null when it was stored.</summary>
    public async Task<ushort?> StowAsync(byte[] file)
    {
        using var response = await StowAsync([file]);
        var text = await response.Content.ReadAsStringAsync();
        if (response.StatusCode == HttpStatusCode.OK) return null;
        if (!text.StartsWith('{') || JsonNode.Parse(text) is not JsonObject answer) throw new HttpRequestException($"{(int)response.StatusCode}: {text}", null, response.StatusCode);
        foreach (var sequence in new[] { "00081198", "0008119A" })
        {
            if (answer[sequence]?["Value"]?[0]?["00081197"]?["Value"]?[0] is { } reason) return reason.GetValue<ushort>();
        }
        throw new HttpRequestException($"{(int)response.StatusCode}: {text}", null, response.StatusCode);
    }

    /// <summary>QIDO-RS: the matches; none for 204.</summary>
    public async Task<IReadOnlyList<JsonObject>> QidoAsync(string pathAndQuery)
    {
        using var response = await http.GetAsync("/dicomweb/" + pathAndQuery);
        response.EnsureSuccessStatusCode();
        var text = await response.Content.ReadAsStringAsync();
        return text.Length == 0 ? [] : [.. JsonSerializer.Deserialize<List<JsonObject>>(text) ?? []];
    }

    /// <summary>First value of an attribute of a match; null when there is none.</summary>
    public static string? ValueOf(JsonObject match, string tag) => match[tag]?["Value"]?[0]?.ToString();

    /// <summary>WADO-RS: the Part 10 files of an instance, a series or a study.</summary>
    public async Task<IReadOnlyList<byte[]>> WadoAsync(string path, string accept = DicomParts)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dicomweb/" + path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"GET {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}", null, response.StatusCode);
        var type = Microsoft.Net.Http.Headers.MediaTypeHeaderValue.Parse(response.Content.Headers.ContentType!.ToString());
        if (type.MediaType != "multipart/related") return [await response.Content.ReadAsByteArrayAsync()];
        var reader = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).Value!, await response.Content.ReadAsStreamAsync());
        List<byte[]> parts = [];
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            using var part = new MemoryStream();
            await section.Body.CopyToAsync(part);
            parts.Add(part.ToArray());
        }
        return parts;
    }
}
