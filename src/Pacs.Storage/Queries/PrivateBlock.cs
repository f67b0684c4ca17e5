using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries;

/// <summary>
/// Whose elements a query means by a block of private ones (PS3.5 §7.8.1): (0029,1001) beside a creator at (0029,0010) is
/// element 01 of that creator, in whatever block of group 0029 an object has it.
/// </summary>
/// <param name="Creator">The private creator element, through the sequences around it.</param>
/// <param name="Name">Its value.</param>
public sealed record PrivateBlock(AttributePath Creator, string Name)
{
    private const byte First = 0x10, Last = 0xFF;

    /// <summary>Moves blocks so that the creator's is where the query has it. What was there goes where the creator's was, or to a free block.</summary>
    internal void Arrange(DicomDataset dataset) => Arrange(dataset, Creator.Tags);

    private void Arrange(DicomDataset dataset, IEnumerable<Tag> path)
    {
        var tag = path.First();
        if (tag != Creator.Attribute || path.Skip(1).Any())
        {
            foreach (var item in dataset.GetItems(tag)) Arrange(item, path.Skip(1));
            return;
        }
        var group = dataset.Where(e => e.Tag.Group == tag.Group && BlockOf(e.Tag) >= First).ToList();
        var wanted = BlockOf(tag);
        var present = group.Find(e => e.Tag.IsPrivateCreator && dataset.GetString(e.Tag) == Name) is { } creator ? BlockOf(creator.Tag) : (int?)null;
        var other = present ?? FreeBlock(group);
        if (other == wanted) return;

        foreach (var element in group) dataset.Remove(element.Tag);
        foreach (var element in group)
        {
            var block = BlockOf(element.Tag);
            // Without a free block what another creator has there is left out.
            if (block == wanted && other is null) continue;
            dataset.Set(block == wanted ? Moved(element, other!.Value) : block == present ? Moved(element, wanted) : element);
        }
    }

    private static int? FreeBlock(List<DicomElement> group)
    {
        for (int block = Last; block >= First; block--)
            if (!group.Exists(e => BlockOf(e.Tag) == block)) return block;
        return null;
    }

    /// <summary>Of a creator (gggg,00bb) and of its elements (gggg,bbee).</summary>
    private static int BlockOf(Tag tag) => tag.IsPrivateCreator ? tag.Element : tag.Element >> 8;

    private static DicomElement Moved(DicomElement element, int block)
    {
        var tag = new Tag(element.Tag.Group, (ushort)(element.Tag.IsPrivateCreator ? block : (block << 8) | (element.Tag.Element & 0xFF)));
        return element switch
        {
            SequenceElement sequence => new SequenceElement(tag, sequence.Items, sequence.HasUndefinedLength, sequence.Vr),
            ValueElement value => new ValueElement(tag, value.Vr, value.Value),
            // What is not kept in the header matches nothing and is not answered.
            _ => new ValueElement(tag, element.Vr, ReadOnlyMemory<byte>.Empty),
        };
    }
}
