using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pacs.TestKit;

namespace Pacs.System.Tests.Outbound;

/// <summary>Jobs and peers as a person sees them: by REST. Waits for a server that is away.</summary>
internal sealed class JobClient(HttpClient http)
{
    /// <summary>Settings under which a peer that was away is tried again within a second or two.</summary>
    public static IReadOnlyDictionary<string, string> Impatient { get; } = new Dictionary<string, string>
    {
        ["PACS__Jobs__RetryDelaySeconds"] = "1",
        ["PACS__Jobs__MaxRetryDelaySeconds"] = "2",
        ["PACS__Jobs__MaxAwayDelaySeconds"] = "2",
        ["PACS__Jobs__LeaseSeconds"] = "5",
    };

    public async Task PutPeerAsync(string name, object peer)
    {
        using var response = await Killing.AnswerAsync(() => SendAsync(() => http.PutAsJsonAsync($"/api/v1/peers/{name}", peer)));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <returns>The identifier of the job.</returns>
    public async Task<long> StartAsync(object request)
    {
        using var response = await Killing.AnswerAsync(() => SendAsync(() => http.PostAsJsonAsync("/api/v1/jobs", request)));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("id").GetInt64();
    }

    public Task<JsonElement> GetAsync(long id) => ReadAsync($"/api/v1/jobs/{id}");

    public async Task<IReadOnlyList<JsonElement>> ObjectsAsync(long id)
    {
        var objects = new List<JsonElement>();
        for (var last = 0; ; last = objects[^1].GetProperty("number").GetInt32())
        {
            var page = (await ReadAsync($"/api/v1/jobs/{id}/objects?limit=1000&after={last}")).EnumerateArray().ToList();
            objects.AddRange(page);
            if (page.Count < 1000) return objects;
        }
    }

    /// <summary>Waits for the end, and tells what the job says of itself then.</summary>
    public async Task<JsonElement> EndOfAsync(long id, int timeoutSeconds = 180)
    {
        JsonElement job = default;
        await Eventually.TrueAsync(async () => (job = await GetAsync(id)).GetProperty("state").GetString() is "Done" or "Warning" or "Failed" or "Cancelled", timeoutSeconds);
        return job;
    }

    /// <summary>All jobs of a filter.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string filter) => [.. (await ReadAsync($"/api/v1/jobs?limit=1000&{filter}")).EnumerateArray()];

    /// <summary>It is done, with all of its objects.</summary>
    public static void AssertDone(JsonElement job, int objects)
    {
        int Of(string count) => job.GetProperty(count).GetInt32();
        Assert.True((job.GetProperty("state").GetString(), Of("objectsTotal"), Of("objectsDone"), Of("objectsFailed")) == ("Done", objects, objects, 0), job.GetRawText());
    }

    /// <summary>What REST answers, when it does.</summary>
    public async Task<JsonElement> ReadAsync(string path)
    {
        JsonElement? answer = null;
        await Eventually.TrueAsync(async () => (answer = await TryReadAsync(path)) is not null, timeoutSeconds: 180);
        return answer!.Value;
    }

    /// <summary>Throws where asking again may help.</summary>
    private static async Task<HttpResponseMessage> SendAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var response = await ask();
        return response.StatusCode == HttpStatusCode.ServiceUnavailable ? response.EnsureSuccessStatusCode() : response;
    }

    /// <summary>Null when the server has been killed, or has not found its database again.</summary>
    private async Task<JsonElement?> TryReadAsync(string path)
    {
        try
        {
            using var response = await http.GetAsync(path);
            return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonElement>() : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
