using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.Worklist;

/// <summary>A C-FIND request identifier of the Modality Worklist Information Model (PS3.4 §K.4.1.1.3): one level, any attribute a key.</summary>
/// <param name="Keys">What has to match.</param>
/// <param name="Requested">The elements asked for; the item of a sequence names what is wanted of its items.</param>
/// <param name="HasUnsupportedKeys">Something with a value was asked that cannot be matched: answered with FF01.</param>
/// <param name="CharacterSet">The requester's.</param>
internal sealed record WorklistIdentifier(IReadOnlyList<MatchingKey> Keys, DicomDataset Requested, bool HasUnsupportedKeys, SpecificCharacterSet CharacterSet)
{
    /// <exception cref="IdentifierException">A sequence has more than one item.</exception>
    public static WorklistIdentifier Parse(DicomDataset identifier)
    {
        var keys = new List<MatchingKey>();
        var requested = new DicomDataset();
        var unsupported = false;
        foreach (var element in identifier)
        {
            if (IsAboutTheRequest(element.Tag)) continue;
            // First read, then taken over: what items belong to says how their text is encoded.
            unsupported |= !Add(element, identifier, [], keys);
            requested.Set(element);
        }
        return new WorklistIdentifier(keys, requested, unsupported, identifier.CharacterSet);
    }

    /// <summary>The worklist has no levels; a client that sends the level of a query all the same means nothing by it.</summary>
    private static bool IsAboutTheRequest(Tag tag) =>
        tag.IsGroupLength || tag.IsPrivateCreator || tag == SpecificCharacterSet.Tag || tag == Tags.QueryRetrieveLevel || tag == Tags.TimezoneOffsetFromUTC;

    /// <summary>Adds what an element asks for. False when it cannot be matched, and so is answered only (PS3.4 §K.2.2.1.1.2).</summary>
    private static bool Add(DicomElement element, DicomDataset owner, IReadOnlyList<Tag> parents, List<MatchingKey> keys)
    {
        IReadOnlyList<Tag> path = [.. parents, element.Tag];
        switch (element)
        {
            case SequenceElement { Items: [var item] }:
                var supported = true;
                foreach (var nested in item) supported &= Add(nested, item, path, keys);
                return supported;
            case SequenceElement { Items.Count: > 1 }:
                // PS3.4 §C.2.2.2.6.
                throw new IdentifierException(element.Tag, $"{DataElementDictionary.KeywordOf(element.Tag) ?? "A sequence"} takes one item");
            case ValueElement { Value.IsEmpty: false } value:
                if (!value.Vr.IsText && value.Vr.NumberSize == 0) return false;
                string[] values = [.. owner.GetStrings(element.Tag).Where(v => v.Length > 0)];
                if (values.Length > 0) keys.Add(new MatchingKey(new AttributePath(path), element.Vr, values));
                return true;
            default:
                return element is ValueElement or SequenceElement;
        }
    }
}
