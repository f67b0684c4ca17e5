namespace Pacs.Api.OpenApi;

/// <summary>Keywords of attributes that an endpoint takes as query parameters. There are too many of them to describe each.</summary>
internal sealed record MatchingKeysMetadata(IReadOnlyList<string> Keywords);
