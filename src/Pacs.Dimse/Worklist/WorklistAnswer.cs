using Pacs.Dicom.Datasets;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Worklist;

namespace Pacs.Dimse.Worklist;

/// <summary>
/// Makes a response identifier of an item (PS3.4 §K.4.1.1.3.2): what was asked for, empty where nothing is known, in characters
/// that the requester can read.
/// </summary>
internal static class WorklistAnswer
{
    public static DicomDataset Create(WorklistItem item, WorklistIdentifier request) =>
        AnswerEncoding.For([.. Select(item.Dataset, request.Requested)], item.Dataset.CharacterSet, request.CharacterSet);

    private static DicomDataset Select(DicomDataset known, DicomDataset wanted)
    {
        var selected = new DicomDataset();
        foreach (var key in wanted) selected.Set(Select(known[key.Tag], key));
        return selected;
    }

    private static DicomElement Select(DicomElement? known, DicomElement key) => (known, key) switch
    {
        // A sequence without an item, or with an empty one, asks for all of it (PS3.4 §K.2.2.1.2).
        (SequenceElement found, SequenceElement { Items: [{ Count: > 0 } wanted] }) => new SequenceElement(found.Tag, [.. found.Items.Select(item => Select(item, wanted))]),
        (not null, _) => known,
        (null, SequenceElement) => new SequenceElement(key.Tag, []),
        _ => new ValueElement(key.Tag, key.Vr, ReadOnlyMemory<byte>.Empty),
    };
}
