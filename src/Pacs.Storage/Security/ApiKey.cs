namespace Pacs.Storage.Security;

/// <summary>An API key as it may be shown: all but the secret.</summary>
public sealed record ApiKey(string Id, string Name, ApiKeyScope Scope, DateTimeOffset CreatedAt);
