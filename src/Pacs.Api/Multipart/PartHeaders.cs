namespace Pacs.Api.Multipart;

/// <summary>Header fields of one part, by name in any case.</summary>
internal sealed record PartHeaders(IReadOnlyDictionary<string, string> Fields)
{
    public string? ContentType => Fields.GetValueOrDefault("Content-Type");
}
