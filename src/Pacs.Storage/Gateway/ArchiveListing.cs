namespace Pacs.Storage.Gateway;

/// <summary>What only an archive has of what was asked for.</summary>
/// <param name="Instances">In the order in which the archive tells them.</param>
/// <param name="Missing">Why it cannot be told, for a person; null when it can.</param>
public sealed record ArchiveListing(IReadOnlyList<ArchiveInstance> Instances, string? Missing = null)
{
    public static ArchiveListing Empty { get; } = new([]);
}
