using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Api.Qido;

/// <summary>What a search answers with unasked (PS3.18 Tables 10.6.3-3 to 10.6.3-5).</summary>
internal static class QidoAttributes
{
    private static readonly Tag[] Study =
    [
        Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.InstanceAvailability, Tags.ModalitiesInStudy, Tags.ReferringPhysicianName,
        Tags.TimezoneOffsetFromUTC, Tags.PatientName, Tags.PatientID, Tags.PatientBirthDate, Tags.PatientSex, Tags.StudyInstanceUID, Tags.StudyID,
        Tags.NumberOfStudyRelatedSeries, Tags.NumberOfStudyRelatedInstances,
    ];

    private static readonly Tag[] Series =
    [
        Tags.Modality, Tags.TimezoneOffsetFromUTC, Tags.SeriesDescription, Tags.SeriesInstanceUID, Tags.SeriesNumber,
        Tags.NumberOfSeriesRelatedInstances, Tags.PerformedProcedureStepStartDate, Tags.PerformedProcedureStepStartTime, Tags.RequestAttributesSequence,
    ];

    private static readonly Tag[] Instance =
    [
        Tags.SOPClassUID, Tags.SOPInstanceUID, Tags.InstanceAvailability, Tags.TimezoneOffsetFromUTC, Tags.InstanceNumber,
        Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.NumberOfFrames,
    ];

    private static readonly Tag[] OnlyAnswered = [Tags.InstanceAvailability, Tags.TimezoneOffsetFromUTC, Tags.RequestAttributesSequence];

    /// <summary>Present only if known: never answered with no value.</summary>
    public static IReadOnlySet<Tag> OnlyIfKnown { get; } = new HashSet<Tag>
    {
        Tags.InstanceAvailability, Tags.TimezoneOffsetFromUTC, Tags.SeriesDescription, Tags.PerformedProcedureStepStartDate,
        Tags.PerformedProcedureStepStartTime, Tags.RequestAttributesSequence, Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.NumberOfFrames,
    };

    /// <summary>Keywords of the keys that the standard requires of a search at this level (PS3.18 Table 10.6.1-5); any other attribute is one as well.</summary>
    public static IReadOnlyList<string> KeysOf(QueryLevel level) =>
        [.. For(level, studyIsNamed: false, seriesIsNamed: false).Distinct().Where(tag => !OnlyAnswered.Contains(tag)).Select(tag => DataElementDictionary.KeywordOf(tag)!)];

    /// <summary>Those of the level; of the levels above as well when the address does not name them.</summary>
    public static IEnumerable<Tag> For(QueryLevel level, bool studyIsNamed, bool seriesIsNamed) => level switch
    {
        QueryLevel.Study => Study,
        QueryLevel.Series => studyIsNamed ? Series : [.. Study, .. Series],
        _ => [.. studyIsNamed ? [] : Study, .. seriesIsNamed ? [] : Series, .. Instance],
    };
}
