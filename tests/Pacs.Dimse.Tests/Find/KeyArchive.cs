using System.Globalization;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Find;

/// <summary>
/// A server with two patients, three studies, six series, nine objects, in which every attribute of the table of query keys
/// has a value, another one for each patient, study, series and object.
/// </summary>
public sealed class KeyArchive : IAsyncLifetime
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

    public DimseFixture Server { get; } = new();

    /// <summary>The object whose values the keys have, by kind: the second of the first series of its kind.</summary>
    public Dictionary<string, DicomDataset> Wanted { get; } = [];

    public async Task InitializeAsync()
    {
        await Server.InitializeAsync();
        Store(1, 1, 1, Images, 2);
        Store(1, 1, 2, PresentationStates, 2);
        Store(1, 1, 3, StructuredReports, 2);
        Store(1, 1, 4, Images, 1);
        Store(1, 2, 5, Images, 1);
        Store(2, 3, 6, Images, 1);
    }

    public Task DisposeAsync() => Server.DisposeAsync();

    private void Store(int patient, int study, int series, string kind, int instances)
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
            Server.Store(new SampleObject(dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian));
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
