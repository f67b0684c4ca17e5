using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>What another archive answers, in the form of the query engine's answers: in UTF-8, without what is about the answer.</summary>
internal static class RemoteAnswer
{
    /// <param name="answer">As it came.</param>
    /// <param name="assumed">Of an answer that names no character set; null to go by the bytes.</param>
    /// <param name="above">Answer of the level above, which tells what this one does not; null for none.</param>
    public static DicomDataset Create(DicomDataset answer, SpecificCharacterSet? assumed, DicomDataset? above)
    {
        if (assumed is not null && answer.GetStrings(SpecificCharacterSet.Tag).All(t => t.Length == 0)) answer.Set(SpecificCharacterSet.Tag, Vr.CS, assumed.DefinedTerms);
        var told = new DicomDataset().Set(Utf8Text.CharacterSetElement);
        foreach (var element in answer)
        {
            if (element is not (ValueElement or SequenceElement) || element.Tag.IsGroupLength || element.Tag.Group == 0x0002) continue;
            if (element.Tag != SpecificCharacterSet.Tag && element.Tag != Tags.QueryRetrieveLevel) told.Set(Utf8Text.Convert(element, answer));
        }
        foreach (var element in above ?? [])
            if (IsEmpty(told[element.Tag])) told.Set(element);
        return told;
    }

    private static bool IsEmpty(DicomElement? element) => element is null or ValueElement { Value.IsEmpty: true } or SequenceElement { Items.Count: 0 };
}
