using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Pacs.Storage.Security;

namespace Pacs.Storage.Access;

/// <summary>How peers, listeners and access rules are written in the database. What is not known there is an error: a condition that was passed over would let others in.</summary>
internal static class AccessJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false), new SecretConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <param name="json">As kept.</param>
    /// <param name="resource">What REST calls its kind.</param>
    /// <param name="key">AE title, name or position.</param>
    /// <exception cref="UnreadableSettingsException">Written by a newer version, or by hand.</exception>
    public static T Read<T>(string json, string resource, string key)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options)!;
        }
        catch (JsonException e)
        {
            throw new UnreadableSettingsException(resource, key, e);
        }
    }

    /// <summary>Reads rows of key and settings.</summary>
    /// <param name="reader">Over the rows.</param>
    /// <param name="resource">What REST calls their kind.</param>
    /// <param name="unreadable">Takes those that cannot be read; null to fail with the first.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UnreadableSettingsException">Nothing takes it.</exception>
    public static async Task<List<T>> ReadAllAsync<T>(
        NpgsqlDataReader reader, string resource, ICollection<UnreadableSettingsException>? unreadable, CancellationToken cancellation)
    {
        var all = new List<T>();
        while (await reader.ReadAsync(cancellation))
        {
            try
            {
                all.Add(Read<T>(reader.GetString(1), resource, reader.GetString(0)));
            }
            catch (UnreadableSettingsException e) when (unreadable is not null)
            {
                unreadable.Add(e);
            }
        }
        return all;
    }
}
