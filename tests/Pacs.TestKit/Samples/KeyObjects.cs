using System.Globalization;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Conformance;

namespace Pacs.TestKit.Samples;

/// <summary>
/// Two patients, three studies, six series, nine objects, in which every attribute of the table of query keys has a value,
/// another one for each patient, study, series and object.
/// </summary>
public sealed class KeyObjects
{
    public const string Images = "all", PresentationStates = "presentation states", StructuredReports = "structured reports";

    /// <summary>Not free to choose, or counted.</summary>
    private static readonly HashSet<Tag> Given =
    [
        Tags.PatientID, Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID, Tags.SOPClassUID, Tags.Modality,
        Tags.ModalitiesInStudy, Tags.SOPClassesInStudy, Tags.InstanceAvailability, Tags.AvailableTransferSyntaxUID,
        Tags.NumberOfPatientRelatedStudies, Tags.NumberOfPatientRelatedSeries, Tags.NumberOfPatientRelatedInstances,
        Tags.NumberOfStudyRelatedSeries, Tags.NumberOfStudyRelatedInstances, Tags.NumberOfSeriesRelatedInstances,
    ];

    public KeyObjects()
    {
        Add(1, 1, 1, Images, 2);
        Add(1, 1, 2, PresentationStates, 2);
        Add(1, 1, 3, StructuredReports, 2);
        Add(1, 1, 4, Images, 1);
        Add(1, 2, 5, Images, 1);
        Add(2, 3, 6, Images, 1);
    }

    public List<SampleObject> All { get; } = [];

    /// <summary>The object whose values the keys have, by kind: the second of the first series of its kind.</summary>
    public Dictionary<string, DicomDataset> Wanted { get; } = [];

    /// <summary>What the wanted object's answer has at the row's path, in order.</summary>
    public static IReadOnlyList<string> Values(KeyRow row, DicomDataset wanted) => DataElementDictionary.KeywordOf(row.Attribute) switch
    {
        "NumberOfPatientRelatedStudies" => ["2"],
        "NumberOfPatientRelatedSeries" => ["5"],
        "NumberOfPatientRelatedInstances" => ["8"],
        "NumberOfStudyRelatedSeries" => ["4"],
        "NumberOfStudyRelatedInstances" => ["7"],
        "NumberOfSeriesRelatedInstances" => ["2"],
        "ModalitiesInStudy" => ["CT", "OT", "PR", "SR"],
        "SOPClassesInStudy" => [Uids.GrayscaleSoftcopyPresentationStateStorage, Uids.CTImageStorage, Uids.BasicTextSRStorage],
        "InstanceAvailability" => ["ONLINE"],
        "AvailableTransferSyntaxUID" => [Uids.ExplicitVRLittleEndian],
        _ when DataElementDictionary.VrOf(row.Attribute) == Vr.SQ => At(wanted, [.. row.Path, Tags.CodeValue]),
        _ => At(wanted, row.Path),
    };

    /// <summary>No two entities of the level share a value of it.</summary>
    public static bool IsOfOneOnly(KeyRow row) => row.Level is "SERIES" or "IMAGE" && !(row.Attribute == Tags.SOPClassUID || row.Attribute == Tags.InstanceAvailability
        || row.Attribute == Tags.AvailableTransferSyntaxUID || row.Attribute == Tags.NumberOfSeriesRelatedInstances);

    /// <summary>A value of the attribute's VR that no object has.</summary>
    public static string Other(Tag tag) => DataElementDictionary.VrOf(tag) switch
    {
        Vr.UI => "1.2.3.999",
        Vr.DA => "19010101",
        Vr.TM => "010101",
        Vr.DT => "19010101",
        Vr.IS or Vr.DS or Vr.US => "4711",
        Vr.AS => "099Y",
        _ => "NO SUCH",
    };

    /// <summary>Values at a path of an answer, in order.</summary>
    public static IReadOnlyList<string> At(DicomDataset dataset, IReadOnlyList<Tag> path) =>
        path.Count == 1 ? [.. dataset.GetStrings(path[0]).Order(StringComparer.Ordinal)] : At(dataset.GetItems(path[0]).Single(), [.. path.Skip(1)]);

    private void Add(int patient, int study, int series, string kind, int instances)
    {
        for (var i = 1; i <= instances; i++)
        {
            var instance = (10 * series) + i;
            var (sopClass, modality) = kind switch
            {
                PresentationStates => (Uids.GrayscaleSoftcopyPresentationStateStorage, "PR"),
                StructuredReports => (Uids.BasicTextSRStorage, "SR"),
                _ => (Uids.CTImageStorage, series == 1 ? "CT" : "OT"),
            };
            var dataset = new DicomDataset()
                .Set(Tags.PatientID, $"P{patient}").Set(Tags.StudyInstanceUID, $"1.2.{study}").Set(Tags.SeriesInstanceUID, $"1.2.{study}.{series}")
                .Set(Tags.SOPInstanceUID, $"1.2.{study}.{series}.{instance}").Set(Tags.SOPClassUID, sopClass).Set(Tags.Modality, modality);
            foreach (var row in KeyRow.All.Values.Where(r => !Given.Contains(r.Path[0]) && (r.Objects == Images || r.Objects == kind)))
                Set(dataset, row.Path, row.Level switch { "PATIENT" => patient, "STUDY" => study, "SERIES" => series, _ => instance });
            All.Add(new SampleObject(dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian));
            if (i == 2) Wanted[kind] = dataset;
        }
    }

    private static void Set(DicomDataset dataset, IReadOnlyList<Tag> path, int n)
    {
        if (path.Count > 1)
        {
            if (!dataset.Contains(path[0])) dataset.Set(path[0], new DicomDataset());
            Set(dataset.GetItems(path[0])[0], [.. path.Skip(1)], n);
        }
        else if (DataElementDictionary.VrOf(path[0]) == Vr.SQ) dataset.Set(path[0], new DicomDataset().Set(Tags.CodeValue, Value(Tags.CodeValue, n)));
        else dataset.Set(path[0], Value(path[0], n));
    }

    /// <summary>Of the attribute's VR, another one for each number.</summary>
    private static string Value(Tag tag, int n) => DataElementDictionary.VrOf(tag) switch
    {
        Vr.UI => $"1.2.840.{tag.Element}.{n}",
        Vr.DA => new DateOnly(2024, 1, 1).AddDays(n).ToString("yyyyMMdd", CultureInfo.InvariantCulture),
        Vr.TM => new TimeOnly(9, 0).AddMinutes(n).ToString("HHmmss", CultureInfo.InvariantCulture),
        Vr.DT => new DateTime(2024, 1, 1, 9, 0, 0).AddHours(n).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
        Vr.IS or Vr.US => (100 + n).ToString(CultureInfo.InvariantCulture),
        Vr.DS => $"{n}.5",
        Vr.AS => $"{n:000}Y",
        Vr.PN => $"Name{n}^Given",
        Vr.CS => $"CODE_{n}",
        _ => $"Value {n}",
    };
}
