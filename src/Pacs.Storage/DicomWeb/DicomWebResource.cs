using Pacs.Dicom.Primitives;

namespace Pacs.Storage.DicomWeb;

/// <summary>A study, one of its series, or one instance of that, at a DICOMweb server.</summary>
public sealed record DicomWebResource
{
    /// <exception cref="ArgumentException">One of them is no UID.</exception>
    public DicomWebResource(string studyInstanceUid, string? seriesInstanceUid = null, string? sopInstanceUid = null)
    {
        // They become part of an address.
        foreach (var uid in new[] { studyInstanceUid, seriesInstanceUid, sopInstanceUid })
        {
            if (uid is not null && !Uid.IsAcceptable(uid)) throw new ArgumentException("Not a UID: up to 64 digits and dots.", nameof(studyInstanceUid));
        }
        if (sopInstanceUid is not null && seriesInstanceUid is null) throw new ArgumentException("An instance is named with its series.", nameof(sopInstanceUid));
        (StudyInstanceUid, SeriesInstanceUid, SopInstanceUid) = (studyInstanceUid, seriesInstanceUid, sopInstanceUid);
    }

    public string StudyInstanceUid { get; }
    public string? SeriesInstanceUid { get; }
    public string? SopInstanceUid { get; }

    internal string Path => $"studies/{StudyInstanceUid}"
        + (SeriesInstanceUid is null ? "" : $"/series/{SeriesInstanceUid}")
        + (SopInstanceUid is null ? "" : $"/instances/{SopInstanceUid}");
}
