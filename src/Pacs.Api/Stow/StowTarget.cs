using Pacs.Storage.Ingest;

namespace Pacs.Api.Stow;

/// <summary>What the objects of a request have in common.</summary>
/// <param name="Source">Where they come from.</param>
/// <param name="Study">Of the address: they have to be of this study; null for any.</param>
/// <param name="Rules">How they are treated.</param>
internal sealed record StowTarget(IngestSource Source, string? Study, IngestRules Rules);
