using System.Text;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Json;

/// <summary>Where in a data set a bulk element is: "7FE00010", or through items (numbered from 0) "00081140/0/00420011".</summary>
public readonly record struct BulkPath(string Path, BulkElement Element)
{
    internal BulkPath(IReadOnlyList<Step>? steps, BulkElement element) : this(PathOf(steps, element.Tag), element) { }

    /// <summary>Into an item of a sequence.</summary>
    internal readonly record struct Step(Tag Sequence, int Item);

    public Tag Tag => Element.Tag;

    private static string PathOf(IReadOnlyList<Step>? steps, Tag tag)
    {
        if (steps is not { Count: > 0 }) return tag.ToHex();
        var path = new StringBuilder();
        foreach (var (sequence, item) in steps) path.Append(sequence.ToHex()).Append('/').Append(item).Append('/');
        return path.Append(tag.ToHex()).ToString();
    }
}
