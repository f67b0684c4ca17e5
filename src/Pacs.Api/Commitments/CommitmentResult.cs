using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Commitments;

namespace Pacs.Api.Commitments;

/// <summary>The Storage Commitment Response Module (PS3.18 Table J.2-1), in the form of the request.</summary>
internal static class CommitmentResult
{
    /// <param name="objects">All of the request, each of them looked at.</param>
    public static DicomDataset Of(IReadOnlyList<CommitmentObject> objects)
    {
        var dataset = new DicomDataset();
        var byStudy = objects.ToLookup(o => o.StudyInstanceUid is not null);
        Add(dataset, Tags.ReferencedStudySequence, Studies(byStudy[true].Where(o => o.IsCommitted)));
        Add(dataset, Tags.FailedSOPSequence, byStudy[false].Where(o => !o.IsCommitted).Select(o => Instance(o).Set(Tags.ReferencedSOPClassUID, o.SopClassUid)));
        Add(dataset, Tags.ReferencedSOPSequence, byStudy[false].Where(o => o.IsCommitted).Select(o => Instance(o).Set(Tags.ReferencedSOPClassUID, o.SopClassUid)));
        Add(dataset, Tags.FailedStudySequence, Studies(byStudy[true].Where(o => !o.IsCommitted)));
        return dataset;
    }

    private static IEnumerable<DicomDataset> Studies(IEnumerable<CommitmentObject> objects) =>
        from study in objects.GroupBy(o => o.StudyInstanceUid!)
        select new DicomDataset().Set(Tags.StudyInstanceUID, study.Key).Set(Tags.ReferencedSeriesSequence, (
            from series in study.GroupBy(o => o.SeriesInstanceUid!)
            select new DicomDataset().Set(Tags.SeriesInstanceUID, series.Key).Set(Tags.ReferencedInstancesBySOPClassSequence, (
                from ofClass in series.GroupBy(o => o.SopClassUid)
                select new DicomDataset().Set(Tags.ReferencedSOPClassUID, ofClass.Key).Set(Tags.ReferencedInstanceSequence, ofClass.Select(Instance).ToList())).ToList())).ToList());

    private static DicomDataset Instance(CommitmentObject o)
    {
        var item = new DicomDataset().Set(Tags.ReferencedSOPInstanceUID, o.SopInstanceUid);
        return o.Failure is { } failure ? item.Set(Tags.FailureReason, (long)failure) : item;
    }

    private static void Add(DicomDataset dataset, Tag sequence, IEnumerable<DicomDataset> items)
    {
        if (items.ToList() is { Count: > 0 } list) dataset.Set(sequence, list);
    }
}
