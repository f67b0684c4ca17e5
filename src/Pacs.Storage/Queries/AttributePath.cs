using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries;

/// <summary>An attribute, or one within the items of sequences: the last tag is the attribute, those before it sequences.</summary>
public sealed record AttributePath(params IReadOnlyList<Tag> Tags)
{
    public Tag Attribute => Tags[^1];
    public bool IsNested => Tags.Count > 1;
    public bool Equals(AttributePath? other) => other is not null && Tags.SequenceEqual(other.Tags);
    public override int GetHashCode() => Tags.Aggregate(0, (hash, tag) => HashCode.Combine(hash, tag));
    public override string ToString() => string.Join('.', Tags.Select(t => t.ToHex()));
}
