using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Validation;

/// <summary>
/// Attributes that an object's IOD asks for (PS3.5 §7.4): those of Type 1 are there with a value, those of Type 2 are
/// there; in items of sequences as well. Conditions are not looked at.
/// </summary>
internal sealed class IodValidator
{
    private readonly FaultList _faults = new();
    private readonly bool _isAbridged;

    private IodValidator(bool isAbridged) => _isAbridged = isAbridged;

    /// <param name="dataset">Without its bulk data.</param>
    /// <param name="iod">Of its SOP class.</param>
    /// <param name="isAbridged">Items of sequences were left out: nothing can be said of them.</param>
    public static FaultList Check(DicomDataset dataset, Iod iod, bool isAbridged)
    {
        var validator = new IodValidator(isAbridged);
        validator.Check(dataset, iod.Attributes);
        if (!isAbridged) validator.CheckFunctionalGroups(dataset, iod.FunctionalGroups);
        return validator._faults;
    }

    private void Check(DicomDataset dataset, IReadOnlyList<IodAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            if (!dataset.TryGet(attribute.Tag, out var element))
            {
                if (attribute.Type < 3) _faults.Add(attribute.Tag, "is missing");
                continue;
            }
            if (attribute.Type == 1 && IsEmpty(element)) _faults.Add(attribute.Tag, "has no value");
            if (attribute.Items.Count == 0 || _isAbridged || element is not SequenceElement sequence) continue;
            foreach (var item in sequence.Items) Check(item, attribute.Items);
        }
    }

    /// <summary>A functional group is shared by all frames, or every frame has its own (PS3.3 §C.7.6.16.1).</summary>
    private void CheckFunctionalGroups(DicomDataset dataset, IReadOnlyList<IodAttribute> groups)
    {
        if (groups.Count == 0) return;
        var (shared, frames) = (dataset.GetItems(Tags.SharedFunctionalGroupsSequence), dataset.GetItems(Tags.PerFrameFunctionalGroupsSequence));
        foreach (var item in shared.Concat(frames))
            foreach (var group in groups)
                foreach (var content in item.GetItems(group.Tag)) Check(content, group.Items);
        // Frames that tile a whole are described by the data set (PS3.3 §C.7.6.17.3).
        if (frames.Count == 0 && dataset.GetString(Tags.DimensionOrganizationType) == "TILED_FULL") return;
        foreach (var group in groups.Where(g => g.Type < 3))
        {
            if (shared.Any(s => s.Contains(group.Tag))) continue;
            if (frames.Count == 0 || frames.Any(f => !f.Contains(group.Tag))) _faults.Add(group.Tag, "is missing from a frame");
        }
    }

    private bool IsEmpty(DicomElement element) => element switch
    {
        ValueElement { Value.IsEmpty: true } => true,
        ValueElement { Vr.IsText: true } text => text.Value.Span.Trim(" \0"u8).IsEmpty,
        SequenceElement { Items.Count: 0 } => !_isAbridged,
        BulkElement { Length: 0 } => true,
        _ => false,
    };
}
