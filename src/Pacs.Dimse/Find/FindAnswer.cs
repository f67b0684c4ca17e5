using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.InformationModels;

namespace Pacs.Dimse.Find;

/// <summary>Makes a C-FIND response identifier (PS3.4 §C.4.1.1.3.2) of a match: what was asked for, in characters that the requester can read.</summary>
internal static class FindAnswer
{
    /// <param name="match">As the engine gives it: in UTF-8.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="retrieveAeTitle">Where the match can be retrieved from.</param>
    public static DicomDataset Create(DicomDataset match, FindIdentifier request, string retrieveAeTitle)
    {
        List<DicomElement> elements = [.. request.Answered.Select(tag => match[tag]).OfType<DicomElement>()];
        var characterSet = Choose(elements, match, request.CharacterSet);
        var answer = new DicomDataset();
        if (characterSet != SpecificCharacterSet.Default) answer.Set(SpecificCharacterSet.Tag, Vr.CS, [.. characterSet.DefinedTerms]);
        foreach (var element in elements) answer.Set(Recode(element, match, characterSet));
        answer.Set(Tags.QueryRetrieveLevel, Vr.CS, InformationModel.TermOf(request.Level));
        answer.Set(Tags.RetrieveAETitle, Vr.AE, retrieveAeTitle);
        answer.Set(Tags.InstanceAvailability, Vr.CS, "ONLINE");
        return answer;
    }

    /// <summary>None when all is ASCII; else the requester's if it can carry every value; else UTF-8.</summary>
    private static SpecificCharacterSet Choose(List<DicomElement> elements, DicomDataset match, SpecificCharacterSet requesters)
    {
        List<string> texts = [.. Texts(elements, match)];
        if (texts.Count == 0) return SpecificCharacterSet.Default;
        return requesters.DefinedTerms.Count > 0 && texts.TrueForAll(requesters.CanEncode) ? requesters : SpecificCharacterSet.Utf8;
    }

    /// <summary>Texts beyond ASCII.</summary>
    private static IEnumerable<string> Texts(IEnumerable<DicomElement> elements, DicomDataset owner) =>
        elements.SelectMany(element => element switch
        {
            SequenceElement sequence => sequence.Items.SelectMany(item => Texts(item, item)),
            ValueElement value when IsBeyondAscii(value) => [Decode(value, owner)],
            _ => Array.Empty<string>(),
        });

    private static DicomElement Recode(DicomElement element, DicomDataset owner, SpecificCharacterSet characterSet) => element switch
    {
        SequenceElement sequence => new SequenceElement(sequence.Tag, [.. sequence.Items.Select(item => Recode(item, characterSet))]),
        ValueElement value when IsBeyondAscii(value) => new ValueElement(value.Tag, value.Vr, Pad(characterSet.Encode(Decode(value, owner), value.Vr), value.Vr)),
        _ => element,
    };

    private static DicomDataset Recode(DicomDataset item, SpecificCharacterSet characterSet)
    {
        var copy = new DicomDataset();
        foreach (var element in item)
            if (element.Tag != SpecificCharacterSet.Tag) copy.Set(Recode(element, item, characterSet));
        return copy;
    }

    private static bool IsBeyondAscii(ValueElement value) => value.Vr.UsesSpecificCharacterSet && !System.Text.Ascii.IsValid(value.Value.Span);

    private static string Decode(ValueElement value, DicomDataset owner) => owner.CharacterSet.Decode(value.Value.Span, value.Vr);

    private static byte[] Pad(byte[] bytes, Vr vr) => (bytes.Length & 1) == 0 ? bytes : [.. bytes, vr.Padding];
}
