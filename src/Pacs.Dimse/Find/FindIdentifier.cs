using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.Find;

/// <summary>A C-FIND request identifier (PS3.4 §C.4.1.1.3.1) as the query engine's question.</summary>
/// <param name="Level">Query/Retrieve Level.</param>
/// <param name="Query">The question.</param>
/// <param name="Requested">Attributes asked for, in the order of their tags, those that can be answered.</param>
/// <param name="HasUnsupportedKeys">Some key is of a lower level or otherwise not supported: matches are answered with FF01.</param>
/// <param name="CharacterSet">The requester's.</param>
internal sealed record FindIdentifier(
    QueryLevel Level, QuerySpec Query, IReadOnlyList<DicomElement> Requested, bool HasUnsupportedKeys, SpecificCharacterSet CharacterSet)
{
    /// <exception cref="IdentifierException">Not allowed by the model.</exception>
    public static FindIdentifier Parse(DicomDataset identifier, InformationModel model)
    {
        var level = model.LevelOf(identifier);
        foreach (var above in model.Above(level)) InformationModel.SingleValue(identifier, above);

        var keys = new List<MatchingKey>();
        var requested = new List<DicomElement>();
        var unsupported = false;
        foreach (var element in identifier)
        {
            if (IsAboutTheRequest(element.Tag)) continue;
            if (!QueryEngine.CanMatch(level, new AttributePath(element.Tag)))
            {
                unsupported = true;
                continue;
            }
            requested.Add(element);
            AddKeys(keys, [], element, identifier);
        }
        var query = new QuerySpec(level) { Keys = keys, Return = [.. requested.Select(e => new AttributePath(e.Tag))] };
        return new FindIdentifier(level, query, requested, unsupported, identifier.CharacterSet);
    }

    /// <summary>Not keys: they describe the identifier, or are answered whatever was asked.</summary>
    private static bool IsAboutTheRequest(Tag tag) =>
        tag.IsGroupLength || tag.IsPrivateCreator
        || tag == Tags.SpecificCharacterSet || tag == Tags.QueryRetrieveLevel || tag == Tags.RetrieveAETitle
        || tag == Tags.InstanceAvailability || tag == Tags.TimezoneOffsetFromUTC;

    private static void AddKeys(List<MatchingKey> keys, IReadOnlyList<Tag> parents, DicomElement element, DicomDataset owner)
    {
        IReadOnlyList<Tag> path = [.. parents, element.Tag];
        if (element is SequenceElement sequence)
        {
            // A sequence key has one item (PS3.4 §C.2.2.2.6); more are taken as further conditions.
            foreach (var item in sequence.Items)
                foreach (var nested in item) AddKeys(keys, path, nested, item);
            return;
        }
        string[] values = [.. owner.GetStrings(element.Tag).Where(v => v.Length > 0)];
        if (values.Length > 0) keys.Add(new MatchingKey(new AttributePath(path), element.Vr, values));
    }
}
