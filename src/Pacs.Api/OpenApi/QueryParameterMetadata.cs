namespace Pacs.Api.OpenApi;

/// <summary>A query parameter that the handler reads by itself.</summary>
/// <param name="Name">As in the URL.</param>
/// <param name="Description">What it does.</param>
/// <param name="Type">"string", "integer" or "boolean".</param>
/// <param name="Example">A value; null for none.</param>
internal sealed record QueryParameterMetadata(string Name, string Description, string Type, string? Example);
