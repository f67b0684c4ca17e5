using System.Text.Json;

namespace Pacs.TestKit.Clients;

/// <summary>What came to a <see cref="WebhookReceiver"/>.</summary>
public sealed record ReceivedDelivery(string Id, string Timestamp, string Signature, string ContentType, string Body, JsonElement Json)
{
    /// <summary>What it was answered with; 0 until then.</summary>
    public int Status { get; set; }

    public IReadOnlyList<long> ChangeIds => [.. Json.GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("id").GetInt64())];

    public IReadOnlyList<string> Kinds => [.. Json.GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("kind").GetString()!)];
}
