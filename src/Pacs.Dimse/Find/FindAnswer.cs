using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.Find;

/// <summary>Makes a C-FIND response identifier (PS3.4 §C.4.1.1.3.2) of a match: what was asked for, in characters that the requester can read.</summary>
internal static class FindAnswer
{
    /// <param name="match">As the engine gives it: in UTF-8.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="retrieveAeTitle">Where the match can be retrieved from.</param>
    public static DicomDataset Create(DicomDataset match, FindIdentifier request, string retrieveAeTitle)
    {
        var answer = AnswerEncoding.For([.. request.Answered.Select(tag => match[tag]).OfType<DicomElement>()], match.CharacterSet, request.CharacterSet);
        answer.Set(Tags.QueryRetrieveLevel, Vr.CS, InformationModel.TermOf(request.Level));
        answer.Set(Tags.RetrieveAETitle, Vr.AE, retrieveAeTitle);
        answer.Set(Tags.InstanceAvailability, Vr.CS, match.GetString(Tags.InstanceAvailability) is { Length: > 0 } availability ? availability : "ONLINE");
        return answer;
    }
}
