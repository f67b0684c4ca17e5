namespace Pacs.Api.OpenApi;

/// <summary>A documented answer of an endpoint.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Description">When it comes and what it means.</param>
/// <param name="ContentType">Null for an answer without body.</param>
/// <param name="Example">JSON; null for none.</param>
/// <param name="Body">What the body is made of; null for none or something that is not JSON.</param>
internal sealed record AnswerMetadata(int Status, string Description, string? ContentType, string? Example, Type? Body);
