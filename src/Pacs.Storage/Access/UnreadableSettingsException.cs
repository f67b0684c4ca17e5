using System.Text.Json;

namespace Pacs.Storage.Access;

/// <summary>What the database has of a peer, listener or access rule was written by a newer version, or by hand. The message tells a person which, and what to do.</summary>
/// <param name="resource">What REST calls its kind: "peers".</param>
/// <param name="key">AE title, name or position.</param>
/// <param name="cause">What is wrong with it.</param>
public sealed class UnreadableSettingsException(string resource, string key, JsonException cause)
    : Exception($"What is kept of {resource}/{key} cannot be read by this version (look at {cause.Path ?? "$"}): PUT /api/v1/{resource}/{key} writes it anew, DELETE removes it.", cause)
{
    /// <summary>AE title, name or position.</summary>
    public string Key { get; } = key;
}
