using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Model;
using Pacs.Storage.Routing;

namespace Pacs.Storage.Indexing;

/// <summary>An instance on its way into the index, with what it says of its patient, study and series.</summary>
internal sealed class IndexEntry
{
    public IndexEntry(DicomDataset dataset, Instance instance)
    {
        (Dataset, Instance) = (dataset, instance);
        StudyUid = dataset.Text(Tags.StudyInstanceUID);
        SeriesUid = dataset.Text(Tags.SeriesInstanceUID);
        PatientId = dataset.Text(Tags.PatientID);
        Issuer = PatientId.Length > 0 ? dataset.Text(Tags.IssuerOfPatientID) : "";
        PatientMask = dataset.MaskOf(LevelAttributes.Patient);
        StudyMask = dataset.MaskOf(LevelAttributes.Study);
        SeriesMask = dataset.MaskOf(LevelAttributes.Series);
    }

    public DicomDataset Dataset { get; }
    public Instance Instance { get; }
    public string StudyUid { get; }
    public string SeriesUid { get; }

    /// <summary>Empty: not known.</summary>
    public string PatientId { get; }

    public string Issuer { get; }

    /// <summary>Which of <see cref="LevelAttributes.Patient"/> it has a value for.</summary>
    public ulong PatientMask { get; }

    public ulong StudyMask { get; }
    public ulong SeriesMask { get; }

    /// <summary>Blob of the instance of the same UID that this one takes the place of; null for a new one.</summary>
    public string? Replaces { get; init; }

    /// <summary>The rules that take it; null for what is not routed: it was stored before.</summary>
    public RoutedEntry? Routing { get; init; }

    /// <summary>Whose rows these are: a patient without ID is one of its study alone.</summary>
    public PatientKey Patient => new(PatientId, Issuer, PatientId.Length > 0 ? "" : StudyUid);
}
