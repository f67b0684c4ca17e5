using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Xml;

/// <summary>A block of 256 private elements and who reserved it (PS3.5 §7.8.1).</summary>
/// <param name="Base">Group and the upper half of the element number.</param>
/// <param name="Creator">Null when nobody reserved it.</param>
/// <param name="IsRepeated">The creator holds a lower block of the group as well, against the standard: (gggg,00ee) would mean that one.</param>
internal readonly record struct PrivateBlock(uint Base, string? Creator, bool IsRepeated)
{
    private const int FirstBlock = 0x10;

    public bool Holds(Tag tag) => Base == tag.Value >> 8;

    public static PrivateBlock Of(DicomDataset dataset, Tag tag)
    {
        var block = tag.Element >> 8;
        var creator = block < FirstBlock ? null : CreatorOf(dataset, tag.Group, block);
        var repeated = false;
        for (var lower = FirstBlock; creator is not null && !repeated && lower < block; lower++) repeated = CreatorOf(dataset, tag.Group, lower) == creator;
        return new PrivateBlock(tag.Value >> 8, creator, repeated);
    }

    /// <summary>Where the creator's elements of the group are, or the first block that is nobody's; null when all 240 are taken.</summary>
    public static int? Find(DicomDataset dataset, ushort group, string creator)
    {
        int? free = null;
        for (var block = FirstBlock; block <= 0xFF; block++)
        {
            if (!dataset.Contains(new Tag(group, (ushort)block))) free ??= block;
            else if (CreatorOf(dataset, group, block) == creator) return block;
        }
        return free;
    }

    public static string? CreatorOf(DicomDataset dataset, ushort group, int block) => dataset.GetString(new Tag(group, (ushort)block));
}
