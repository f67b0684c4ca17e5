using System.Globalization;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries.Matching;

namespace Pacs.Storage.Preprocessing;

/// <summary>Changes that were read, to be made in data sets.</summary>
public sealed class AttributeChanges
{
    private static readonly HashSet<Tag> Fixed =
    [
        SpecificCharacterSet.Tag, Tags.PixelData, Tags.FloatPixelData, Tags.DoubleFloatPixelData, Tags.OriginalAttributesSequence,
        Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.BitsStored, Tags.HighBit, Tags.PixelRepresentation, Tags.SamplesPerPixel,
        Tags.PhotometricInterpretation, Tags.PlanarConfiguration, Tags.NumberOfFrames, Tags.ExtendedOffsetTable, Tags.ExtendedOffsetTableLengths,
    ];

    private readonly List<Change> _changes = [];

    private sealed record Change(Tag Tag, Vr Vr, string? Creator, ValueTemplate? Value, bool OnlyIfEmpty);

    private AttributeChanges(string system) => System = system;

    /// <summary>Modifying System (0400,0563): who changes.</summary>
    public string System { get; }

    /// <param name="changes">As given.</param>
    /// <param name="system">Who changes, up to 64 characters.</param>
    /// <param name="name">Of the member, for faults.</param>
    /// <param name="faults">Takes what is wrong; the result is then of no use.</param>
    public static AttributeChanges Read(IReadOnlyList<AttributeChange> changes, string system, string name, ICollection<string> faults)
    {
        var read = new AttributeChanges(system);
        for (var i = 0; i < changes.Count; i++)
        {
            var fault = read.Add(changes[i]);
            if (fault.Length > 0) faults.Add($"{name}[{i}]: {fault}");
        }
        return read;
    }

    /// <summary>Makes the changes, and writes down what was there before (PS3.3 §C.12.1.1.9).</summary>
    /// <returns>Whether anything is different now.</returns>
    /// <exception cref="PreprocessingException">A value comes out that the attribute cannot have.</exception>
    public bool Apply(DicomDataset dataset, DateTimeOffset now)
    {
        // All values follow from the object as it was, or as the change before left it.
        var former = new DicomDataset();
        var (isChanged, isReplaced) = (false, false);
        foreach (var change in _changes)
        {
            if (Place(dataset, change) is not { } tag) continue;
            var before = dataset[tag];
            if (change.OnlyIfEmpty && HasValue(before)) continue;
            if (change.Value is null)
            {
                if (!dataset.Remove(tag)) continue;
            }
            else
            {
                var text = change.Value.Fill(dataset);
                var vr = before is ValueElement { Vr: not Vr.UN } present ? present.Vr : change.Vr;
                if (ValueRules.Fault(vr, text) is { } fault) throw new PreprocessingException($"{DataElementDictionary.KeywordOf(tag) ?? tag.ToString()} would be {fault}");
                if (before is ValueElement && string.Join('\\', dataset.GetStrings(tag)) == text) continue;
                if (vr.UsesSpecificCharacterSet && !dataset.CharacterSet.CanEncode(text))
                {
                    Utf8Dataset.ConvertItem(former, dataset.CharacterSet);
                    Utf8Dataset.Convert(dataset);
                    before = dataset[tag];
                }
                dataset.Set(tag, vr, text.Length == 0 ? [] : vr.IsText ? [text] : text.Split('\\'));
            }
            isChanged = true;
            if (former.Contains(tag) || before is BulkElement) continue;
            isReplaced |= HasValue(before);
            // What was not there is told by an element without a value.
            Keep(former, dataset, before ?? new ValueElement(tag, change.Vr, ReadOnlyMemory<byte>.Empty));
        }
        if (isChanged) Note(dataset, former, isReplaced ? "COERCE" : "ADD", now);
        return isChanged;
    }

    private string Add(AttributeChange change)
    {
        if (!DataElementDictionary.TryParse(change.Attribute, out var tag)) return "\"attribute\" is a keyword (PatientID) or eight hexadecimal digits (00100020) of an attribute of the data set itself.";
        var vr = DataElementDictionary.VrOf(tag);
        if (tag.Group < 0x0008 || tag.IsGroupLength || tag.IsPrivateCreator || Fixed.Contains(tag) || vr == Vr.UI) return $"{change.Attribute} cannot be changed: what the object is, and how its pixels are read, hangs on it.";
        if (change.PrivateCreator is { } creator && (!tag.IsPrivate || creator.Length is 0 or > 64)) return "a private creator of up to 64 characters belongs to a private attribute.";
        if (tag.IsPrivate && change is { PrivateCreator: null, Remove: false }) return "a private attribute that gets a value needs its private creator.";
        if (change.Remove == (change.Value is not null)) return "either \"remove\" is true, or \"value\" says what it becomes.";
        if (change.Remove)
        {
            _changes.Add(new Change(tag, vr, change.PrivateCreator, null, false));
            return "";
        }
        if (vr is Vr.SQ or Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW) return $"{change.Attribute} has no text as its value: it can only be removed.";
        if (ValueTemplate.Parse(change.Value!, change.Map, out var fault) is not { } template) return $"\"value\": {fault}";
        if (vr == Vr.UN) vr = Vr.LO;
        if (template.IsConstant && ValueRules.Fault(vr, change.Value!) is { } wrong) return $"\"value\" would be {wrong}";
        _changes.Add(new Change(tag, vr, change.PrivateCreator, template, change.OnlyIfEmpty));
        return "";
    }

    private static Tag? Place(DicomDataset dataset, Change change) => change.Creator is { } creator ? PrivateTag.Find(dataset, creator, change.Tag) : change.Tag;

    private static bool HasValue(DicomElement? element) => element switch
    {
        null => false,
        ValueElement value => value.Value.Span.ContainsAnyExcept((byte)' ', (byte)0),
        SequenceElement sequence => sequence.Items.Count > 0,
        _ => true,
    };

    private static void Keep(DicomDataset former, DicomDataset dataset, DicomElement before)
    {
        var creator = before.Tag.IsPrivate ? dataset[new Tag(before.Tag.Group, (ushort)(before.Tag.Element >> 8))] : null;
        if (creator is not null) former.Set(creator);
        former.Set(before);
    }

    private void Note(DicomDataset dataset, DicomDataset former, string reason, DateTimeOffset now)
    {
        var item = new DicomDataset();
        dataset.Set(Tags.OriginalAttributesSequence, [.. dataset.GetItems(Tags.OriginalAttributesSequence), item]);
        item.Set(Tags.AttributeModificationDateTime, now.ToString("yyyyMMddHHmmss'.'ffffffzzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal))
            .Set(Tags.ModifyingSystem, System)
            .Set(Tags.SourceOfPreviousValues, Vr.LO, [])
            .Set(Tags.ReasonForTheAttributeModification, reason)
            .Set(Tags.ModifiedAttributesSequence, former);
    }
}
