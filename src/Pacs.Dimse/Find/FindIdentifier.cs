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
/// <param name="Answered">Attributes of each answer: the model's unique keys down to the level, and what was asked for and can be answered.</param>
/// <param name="HasUnsupportedKeys">Some key is of a lower level or otherwise not supported: matches are answered with FF01.</param>
/// <param name="CharacterSet">The requester's.</param>
internal sealed record FindIdentifier(
    QueryLevel Level, QuerySpec Query, IReadOnlyList<Tag> Answered, bool HasUnsupportedKeys, SpecificCharacterSet CharacterSet)
{
    /// <exception cref="IdentifierException">Not allowed by the model.</exception>
    public static FindIdentifier Parse(DicomDataset identifier, InformationModel model, ExtendedBehavior behavior)
    {
        var level = model.LevelOf(identifier);
        if (!behavior.Relational)
            foreach (var above in model.Above(level)) IdentifierLevels.SingleValue(identifier, above);

        var keys = new List<MatchingKey>();
        var wanted = new List<AttributePath>();
        var blocks = new List<PrivateBlock>();
        var unsupported = false;
        foreach (var element in identifier)
        {
            if (IsAboutTheRequest(element.Tag)) continue;
            if (element.Tag == Tags.TimezoneOffsetFromUTC)
            {
                // Of the keys, not one of them; and of the answer's dates and times.
                if (level > QueryLevel.Patient) wanted.Add(new AttributePath(element.Tag));
                continue;
            }
            if (QueryEngine.CanMatch(level, new AttributePath(element.Tag))) unsupported |= !Add(element, identifier, [], keys, wanted, blocks);
            else unsupported = true;
        }
        var query = new QuerySpec(level)
        {
            Keys = keys,
            Return = wanted,
            PrivateBlocks = blocks,
            CombinedDateTime = behavior.CombinedDateTime,
            FuzzyMatching = behavior.FuzzyMatching,
            EmptyValueMatching = behavior.EmptyValueMatching,
            MultipleValueMatching = behavior.MultipleValueMatching,
            TimezoneOffset = behavior.TimezoneAdjustment ? OffsetOf(identifier) : null,
        };
        var answered = model.Above(level).Append(level).Select(InformationModel.UniqueKey).Concat(wanted.Select(p => p.Tags[0])).Distinct();
        return new FindIdentifier(level, query, [.. answered], unsupported, identifier.CharacterSet);
    }

    private static TimeSpan? OffsetOf(DicomDataset identifier)
    {
        if (identifier.GetString(Tags.TimezoneOffsetFromUTC) is not { } text) return null;
        return DicomDateTime.TryOffset(text, out var offset) ? offset
            : throw new IdentifierException(Tags.TimezoneOffsetFromUTC, "Timezone Offset From UTC: use +HHMM or -HHMM");
    }

    /// <summary>Not keys: they describe the identifier, or are answered whatever was asked.</summary>
    private static bool IsAboutTheRequest(Tag tag) =>
        tag.IsGroupLength || tag == Tags.SpecificCharacterSet || tag == Tags.QueryRetrieveLevel || tag == Tags.QueryRetrieveView || tag == Tags.RetrieveAETitle;

    /// <summary>Adds an element to what is matched and what is answered. False when it cannot be matched, and so is answered only (PS3.4 §C.2.2.1.3).</summary>
    private static bool Add(DicomElement element, DicomDataset owner, IReadOnlyList<Tag> parents, List<MatchingKey> keys, List<AttributePath> wanted, List<PrivateBlock> blocks)
    {
        var path = new AttributePath([.. parents, element.Tag]);
        // PS3.4 §C.2.2.2.6.
        if (element is SequenceElement { Items.Count: > 1 }) throw new IdentifierException(element.Tag, $"{DataElementDictionary.KeywordOf(element.Tag) ?? "A sequence"} takes one item");
        if (element is SequenceElement { Items: [{ Count: > 0 } item] })
        {
            var supported = true;
            foreach (var nested in item)
                if (!nested.Tag.IsGroupLength && nested.Tag != Tags.SpecificCharacterSet) supported &= Add(nested, item, path.Tags, keys, wanted, blocks);
            return supported;
        }
        wanted.Add(path);
        if (element is not ValueElement { Value.IsEmpty: false }) return true;
        if (!element.Vr.IsText && element.Vr.NumberSize == 0) return false;
        string[] values = [.. owner.GetStrings(element.Tag).Where(v => v.Length > 0)];
        if (element.Tag.IsPrivateCreator)
        {
            if (values is [var creator] && !creator.AsSpan().ContainsAny('*', '?')) blocks.Add(new PrivateBlock(path, creator));
            if (!HasKeysOf(element.Tag, owner)) return true;
        }
        if (values.Length > 0) keys.Add(new MatchingKey(path, DataElementDictionary.VrOf(element.Tag) is var vr and not Vr.UN ? vr : element.Vr, values));
        return true;
    }

    /// <summary>Whether private elements of the creator's block are matched: then an object has to have the same creator there.</summary>
    private static bool HasKeysOf(Tag creator, DicomDataset owner) =>
        owner.Any(e => e.Tag.Group == creator.Group && e.Tag.Element >> 8 == creator.Element && e is not ValueElement { Value.IsEmpty: true });
}
