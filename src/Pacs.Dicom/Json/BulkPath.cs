using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Json;

/// <summary>Where in a data set a bulk element is: "7FE00010", or through items (numbered from 0) "00081140/0/00420011".</summary>
public readonly record struct BulkPath(string Path, BulkElement Element)
{
    public Tag Tag => Element.Tag;
}
