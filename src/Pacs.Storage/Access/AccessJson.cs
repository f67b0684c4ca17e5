using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pacs.Storage.Access;

/// <summary>How peers, listeners and access rules are written in the database. What is not known there is an error: a condition that was passed over would let others in.</summary>
internal static class AccessJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">Written by a newer version, or by hand.</exception>
    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;
}
