using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;
using Pacs.Storage.Queries.Sql;

namespace Pacs.Storage.Remote;

/// <summary>
/// A query as C-FIND request identifiers (PS3.4 §C.4.1.1.3.1), one for each level that has to be asked: pure. In the baseline a
/// request has keys of its own level, and of those above the unique ones alone with one value each (§C.4.1.2.1).
/// </summary>
/// <param name="query">What is wanted.</param>
/// <param name="model">In which it is asked.</param>
/// <param name="isRelational">The peer agreed to keys of any level (§C.5.1.1).</param>
/// <param name="characterSet">For values beyond ASCII.</param>
internal sealed class RemoteIdentifiers(QuerySpec query, InformationModel model, bool isRelational, SpecificCharacterSet characterSet)
{
    /// <summary>
    /// Whether matches of a level above are needed first: it has other keys or is wanted for its attributes, or its unique key is not
    /// one value. For a study that is named no list of all patients is gone through: archives find it by its UID.
    /// </summary>
    public bool IsAsked(QueryLevel level) =>
        level == query.Level
        || (!isRelational
            && ((ValueOf(level) is null && (level != QueryLevel.Patient || ValueOf(QueryLevel.Study) is null))
                || query.Keys.Select(k => k.Path).Concat(query.Return).Any(p => LevelOf(p) == level && p.Tags[0] != InformationModel.UniqueKey(level))));

    /// <summary>The one value that the query gives for the unique key of a level; null for none, several or a pattern.</summary>
    public string? ValueOf(QueryLevel level) =>
        query.Keys.FirstOrDefault(k => !k.Path.IsNested && k.Path.Attribute == InformationModel.UniqueKey(level)) is { Values: [{ Length: > 0 } value] } && !value.AsSpan().ContainsAny('*', '?') ? value : null;

    /// <param name="level">At which is asked.</param>
    /// <param name="above">Unique keys of the levels above, as far as they are known.</param>
    public DicomDataset Create(QueryLevel level, IReadOnlyDictionary<Tag, string> above)
    {
        var keys = query.Keys.Where(k => isRelational || LevelOf(k.Path) == level).ToList();
        var identifier = new DicomDataset();
        if (keys.Any(k => k.Values.Any(v => !System.Text.Ascii.IsValid(v)))) identifier.Set(SpecificCharacterSet.Tag, Vr.CS, characterSet.DefinedTerms);
        identifier.Set(Tags.QueryRetrieveLevel, Vr.CS, InformationModel.TermOf(level));
        foreach (var path in query.Return.Where(p => isRelational || LevelOf(p) == level)) Add(identifier, path, VrOf(path.Attribute), []);
        if (query.ReturnAll)
            foreach (var path in RemoteAttributes.Of(level).Where(p => isRelational || LevelOf(p) == level)) Add(identifier, path, VrOf(path.Attribute), []);
        Add(identifier, new AttributePath(InformationModel.UniqueKey(level)), VrOf(InformationModel.UniqueKey(level)), []);
        // Patient Root wants the patient with each request; where nobody has told whose it is, an answer may.
        if (model.Levels[0] == QueryLevel.Patient) Add(identifier, new AttributePath(Tags.PatientID), Vr.LO, []);
        foreach (var key in keys) Add(identifier, key.Path, key.Vr == Vr.UN ? Vr.LO : key.Vr, key.Values);
        foreach (var (tag, value) in above) identifier.Set(tag, value);
        return identifier;
    }

    /// <summary>The level at which the model asks for an attribute: in Study Root those of the patient at that of the study. One that no level keeps is of the level that is asked for.</summary>
    private QueryLevel LevelOf(AttributePath path)
    {
        var level = QueryColumns.LevelOf(path.Tags[0]);
        if (level < model.Levels[0]) level = model.Levels[0];
        return level > query.Level ? query.Level : level;
    }

    private static Vr VrOf(Tag tag) => DataElementDictionary.VrOf(tag) is var vr and not Vr.UN ? vr : Vr.LO;

    private static void Add(DicomDataset dataset, AttributePath path, Vr vr, IReadOnlyList<string> values)
    {
        foreach (var sequence in path.Tags.SkipLast(1))
        {
            // The item is put in its place before values are: its text is encoded as the whole identifier's is.
            if (dataset.GetItems(sequence) is not [.., var item]) dataset.Set(new SequenceElement(sequence, [item = new DicomDataset()]));
            dataset = item;
        }
        if (values.Count == 0 && dataset.Contains(path.Attribute)) return;
        if (vr == Vr.SQ) dataset.Set(new SequenceElement(path.Attribute, []));
        else dataset.Set(path.Attribute, vr, values);
    }
}
