using System.Globalization;

namespace Pacs.Storage.Multipart;

/// <summary>Header fields of one part, by name in any case.</summary>
public sealed record PartHeaders(IReadOnlyDictionary<string, string> Fields)
{
    public string? ContentType => Fields.GetValueOrDefault("Content-Type");
    public string? ContentLocation => Fields.GetValueOrDefault("Content-Location");
    public string? ContentId => Fields.GetValueOrDefault("Content-ID");

    /// <summary>Of the data, as its sender says; null when it does not, or no number.</summary>
    public long? ContentLength => long.TryParse(Fields.GetValueOrDefault("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
}
