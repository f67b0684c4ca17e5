using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>An element of metadata whose value is elsewhere: BulkDataURI of DICOM JSON (PS3.18 §F.2.2), BulkData of the Native DICOM Model (PS3.19 §A.1).</summary>
/// <param name="tag">The tag.</param>
/// <param name="vr">As the metadata says.</param>
/// <param name="uri">As it stands there; never fetched by whoever reads it.</param>
public sealed class BulkDataReference(Tag tag, Vr vr, string uri) : DicomElement(tag, vr)
{
    public string Uri { get; } = uri;
}
