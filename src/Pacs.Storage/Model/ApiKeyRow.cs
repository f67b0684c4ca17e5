namespace Pacs.Storage.Model;

/// <summary>An API key, of which only the SHA-256 is kept.</summary>
public sealed class ApiKeyRow
{
    /// <summary>Shown with the key and in lists; not secret.</summary>
    public string Id { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary><see cref="Security.ApiKeyScope"/>.</summary>
    public short Scope { get; set; }

    public byte[] Hash { get; set; } = [];
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
}
