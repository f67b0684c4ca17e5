using System.Text.Json;
using System.Text.Json.Serialization;
using Pacs.Storage.Changes;

namespace Pacs.Storage.Webhooks;

/// <summary>What is sent: as /api/v1/changes tells it.</summary>
public sealed record WebhookDelivery
{
    /// <summary>The same each time that it is sent.</summary>
    public required string DeliveryId { get; init; }
    public required long WebhookId { get; init; }

    /// <summary>It only shows that the receiver is there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsTest { get; init; }

    /// <summary>Changes before these were pruned while the webhook was disabled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsIncomplete { get; init; }

    /// <summary>In order.</summary>
    public required IReadOnlyList<ChangeEvent> Changes { get; init; }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>A new identifier.</summary>
    public static string NewId() => $"msg_{Guid.NewGuid():N}";

    internal string ToJson() => JsonSerializer.Serialize(this, Json);
}
