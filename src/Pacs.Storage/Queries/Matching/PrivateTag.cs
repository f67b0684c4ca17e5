using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries.Matching;

/// <summary>Where a data set has the private elements of a creator (PS3.5 §7.8.1).</summary>
internal static class PrivateTag
{
    /// <summary>The tag in the block of the creator; null when the data set has none.</summary>
    /// <param name="dataset">Where to look.</param>
    /// <param name="creator">Private creator.</param>
    /// <param name="tag">Of which group and last two digits count.</param>
    public static Tag? Find(DicomDataset dataset, string creator, Tag tag)
    {
        for (ushort block = 0x10; block <= 0xFF; block++)
        {
            var place = new Tag(tag.Group, block);
            if (dataset.Contains(place) && dataset.GetString(place) == creator) return new Tag(tag.Group, (ushort)((block << 8) | (tag.Element & 0xFF)));
        }
        return null;
    }
}
