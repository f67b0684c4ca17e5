using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Dimse.InformationModels;

/// <summary>Puts the text of an answer into characters that the requester can read.</summary>
internal static class AnswerEncoding
{
    /// <summary>
    /// A copy in ASCII where all of it is; else in the requester's character set where that can carry every value; else in UTF-8.
    /// Its (0008,0005) says so.
    /// </summary>
    /// <param name="answer">Its elements.</param>
    /// <param name="encoded">The character set that their text is in now.</param>
    /// <param name="requester">Of the request identifier.</param>
    public static DicomDataset For(IReadOnlyCollection<DicomElement> answer, SpecificCharacterSet encoded, SpecificCharacterSet requester)
    {
        List<string> texts = [.. Texts(answer, encoded)];
        var characterSet = texts.Count == 0 ? SpecificCharacterSet.Default
            : requester.DefinedTerms.Count > 0 && texts.TrueForAll(requester.CanEncode) ? requester
            : SpecificCharacterSet.Utf8;
        var copy = Recode(answer, encoded, characterSet);
        return characterSet == SpecificCharacterSet.Default ? copy : copy.Set(SpecificCharacterSet.Tag, Vr.CS, [.. characterSet.DefinedTerms]);
    }

    /// <summary>Texts beyond ASCII.</summary>
    private static IEnumerable<string> Texts(IEnumerable<DicomElement> elements, SpecificCharacterSet encoded) =>
        elements.SelectMany(element => element switch
        {
            SequenceElement sequence => sequence.Items.SelectMany(item => Texts(item, encoded)),
            ValueElement value when IsBeyondAscii(value) => [encoded.Decode(value.Value.Span, value.Vr)],
            _ => Array.Empty<string>(),
        });

    private static DicomDataset Recode(IEnumerable<DicomElement> elements, SpecificCharacterSet from, SpecificCharacterSet to)
    {
        var copy = new DicomDataset();
        foreach (var element in elements)
        {
            if (element.Tag == SpecificCharacterSet.Tag) continue;
            copy.Set(element switch
            {
                SequenceElement sequence => new SequenceElement(sequence.Tag, [.. sequence.Items.Select(item => Recode(item, from, to))]),
                ValueElement value when IsBeyondAscii(value) => new ValueElement(value.Tag, value.Vr, Pad(to.Encode(from.Decode(value.Value.Span, value.Vr), value.Vr), value.Vr)),
                _ => element,
            });
        }
        return copy;
    }

    private static bool IsBeyondAscii(ValueElement value) => value.Vr.UsesSpecificCharacterSet && !System.Text.Ascii.IsValid(value.Value.Span);

    private static byte[] Pad(byte[] bytes, Vr vr) => (bytes.Length & 1) == 0 ? bytes : [.. bytes, vr.Padding];
}
