using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.InformationModels;

namespace Pacs.Dimse.Find;

/// <summary>Makes a C-FIND response identifier (PS3.4 §C.4.1.1.3.2) of a match: what was asked for, in characters that the requester can read.</summary>
internal static class FindAnswer
{
    public static DicomDataset Create(DicomDataset match, FindIdentifier request, InformationModel model, string retrieveAeTitle)
    {
        var characterSet = Choose(match, request);
        var answer = new DicomDataset();
        if (characterSet != SpecificCharacterSet.Default) answer.Set(SpecificCharacterSet.Tag, Vr.CS, [.. characterSet.DefinedTerms]);
        answer.Set(Tags.QueryRetrieveLevel, Vr.CS, InformationModel.TermOf(request.Level));
        answer.Set(Tags.RetrieveAETitle, Vr.AE, retrieveAeTitle);
        answer.Set(Tags.InstanceAvailability, Vr.CS, "ONLINE");
        foreach (var level in model.Above(request.Level).Append(request.Level)) Copy(InformationModel.UniqueKey(level));
        foreach (var key in request.Requested) Copy(key.Tag, key);
        return answer;

        void Copy(Tag tag, DicomElement? key = null)
        {
            if (match[tag] is { } element) answer.Set(Recode(element, match, characterSet, key));
        }
    }

    /// <summary>None when all is ASCII; else the requester's if it can carry every value; else UTF-8.</summary>
    private static SpecificCharacterSet Choose(DicomDataset match, FindIdentifier request)
    {
        if (Texts(match).All(t => t.All(char.IsAscii))) return SpecificCharacterSet.Default;
        return request.CharacterSet.DefinedTerms.Count > 0 && Texts(match).All(request.CharacterSet.CanEncode) ? request.CharacterSet : SpecificCharacterSet.Utf8;
    }

    private static IEnumerable<string> Texts(DicomDataset dataset) =>
        dataset.SelectMany(element => element switch
        {
            SequenceElement sequence => sequence.Items.SelectMany(Texts),
            ValueElement value when value.Vr.UsesSpecificCharacterSet => [Decode(value, dataset)],
            _ => [],
        });

    private static string Decode(ValueElement value, DicomDataset owner) => owner.CharacterSet.Decode(value.Value.Span, value.Vr);

    private static DicomElement Recode(DicomElement element, DicomDataset owner, SpecificCharacterSet characterSet, DicomElement? key) => element switch
    {
        SequenceElement sequence => new SequenceElement(sequence.Tag, [.. sequence.Items.Select(item => Recode(item, characterSet, Wanted(key)))]),
        ValueElement value when value.Vr.UsesSpecificCharacterSet => new ValueElement(value.Tag, value.Vr, Pad(characterSet.Encode(Decode(value, owner), value.Vr), value.Vr)),
        _ => element,
    };

    private static DicomDataset Recode(DicomDataset item, SpecificCharacterSet characterSet, DicomDataset? wanted)
    {
        var copy = new DicomDataset();
        foreach (var element in item)
        {
            if (element.Tag == SpecificCharacterSet.Tag) continue;
            if (wanted is null) copy.Set(Recode(element, item, characterSet, null));
            else if (wanted[element.Tag] is { } key) copy.Set(Recode(element, item, characterSet, key));
        }
        return copy;
    }

    /// <summary>The item of a sequence key names the attributes wanted of each item; a key without any wants them all.</summary>
    private static DicomDataset? Wanted(DicomElement? key) => key is SequenceElement { Items: [{ Count: > 0 } item, ..] } ? item : null;

    private static byte[] Pad(byte[] bytes, Vr vr) => (bytes.Length & 1) == 0 ? bytes : [.. bytes, vr.Padding];
}
