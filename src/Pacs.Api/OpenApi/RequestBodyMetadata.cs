namespace Pacs.Api.OpenApi;

/// <summary>A documented request body that the handler reads by itself, or an example for one that is bound.</summary>
internal sealed record RequestBodyMetadata(string Description, string ContentType, string? Example);
