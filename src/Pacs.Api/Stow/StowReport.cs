using Pacs.Api.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Ingest;

namespace Pacs.Api.Stow;

/// <summary>What a store request is answered with: its status, and the Store Instances Response Module (PS3.18 §10.5.3.2, Table I.2-1).</summary>
internal sealed class StowReport
{
    /// <summary>Characters of an LO value.</summary>
    private const int MaxComment = 64;

    /// <summary>(0008,1196): the data set does not match its SOP class (PS3.18 Table I.2-2).</summary>
    private const int WarningDatasetDoesNotMatch = 0xB007;

    private static readonly Tag ErrorComment = new(0x00000902);

    private readonly List<DicomDataset> _stored = [];
    private readonly List<DicomDataset> _failed = [];
    private readonly List<DicomDataset> _other = [];
    private readonly HashSet<string> _studies = [];
    private bool _isShort;
    private bool _isWarned;
    private bool _isBadSyntax = true;

    private StowReport() { }

    /// <summary>Table 10.5.3-1. 200: all are stored. 202: some, or with warnings. 400: nothing could be read. 409: none is stored. 503: none, and the fault is here.</summary>
    public int Status => (_stored.Count, _failed.Count + _other.Count) switch
    {
        ( > 0, 0) when !_isWarned => StatusCodes.Status200OK,
        ( > 0, _) => StatusCodes.Status202Accepted,
        _ when _isShort => StatusCodes.Status503ServiceUnavailable,
        _ when _isBadSyntax => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status409Conflict,
    };

    /// <summary>Where the one object, or the one study, that was stored is; null for none or several.</summary>
    public string? Location { get; private set; }

    /// <summary>The response module.</summary>
    public DicomDataset Dataset { get; } = new();

    public static StowReport Of(IReadOnlyList<IngestResult> results, string dicomWeb)
    {
        var report = new StowReport();
        foreach (var result in results) report.Add(result, dicomWeb);
        if (report._studies.Count == 1)
        {
            var study = PublicUrls.Study(dicomWeb, report._studies.First());
            report.Dataset.Set(Tags.RetrieveURL, Vr.UR, study);
            report.Location = report._stored.Count == 1 ? report._stored[0].GetString(Tags.RetrieveURL) : study;
        }
        if (report._failed.Count > 0) report.Dataset.Set(Tags.FailedSOPSequence, report._failed);
        if (report._stored.Count > 0) report.Dataset.Set(Tags.ReferencedSOPSequence, report._stored);
        if (report._other.Count > 0) report.Dataset.Set(Tags.OtherFailuresSequence, report._other);
        return report;
    }

    private void Add(IngestResult result, string dicomWeb)
    {
        var item = new DicomDataset();
        if (!result.IsSuccess)
        {
            _isShort |= result.Outcome == IngestOutcome.OutOfResources;
            _isBadSyntax &= result.Outcome == IngestOutcome.NotUnderstood;
            item.Set(ErrorComment, Vr.LO, result.Message.Length > MaxComment ? result.Message[..MaxComment] : result.Message);
            item.Set(Tags.FailureReason, Vr.US, FailureReason(result.Outcome).ToString());
        }
        if (result.SopInstanceUid is null)
        {
            _other.Add(item);
            return;
        }
        item.Set(Tags.ReferencedSOPClassUID, Vr.UI, result.SopClassUid ?? "");
        item.Set(Tags.ReferencedSOPInstanceUID, Vr.UI, result.SopInstanceUid);
        if (!result.IsSuccess)
        {
            _failed.Add(item);
            return;
        }
        _isWarned |= result.HasFaults;
        if (result.HasFaults) item.Set(Tags.WarningReason, Vr.US, WarningDatasetDoesNotMatch.ToString());
        _studies.Add(result.StudyInstanceUid!);
        item.Set(Tags.RetrieveURL, Vr.UR, PublicUrls.Instance(dicomWeb, result.StudyInstanceUid!, result.SeriesInstanceUid!, result.SopInstanceUid));
        _stored.Add(item);
    }

    /// <summary>(0008,1197), the same numbers as C-STORE answers with (PS3.18 Table I.2-2, PS3.4 Table B.2-1).</summary>
    private static int FailureReason(IngestOutcome outcome) => outcome switch
    {
        IngestOutcome.OutOfResources => 0xA700,
        IngestOutcome.UidMismatch or IngestOutcome.IdentifierMissing or IngestOutcome.IodMismatch => 0xA900,
        IngestOutcome.NotUnderstood or IngestOutcome.PresentationStateUnusable => 0xC000,
        IngestOutcome.DuplicateRejected => 0x0111,
        IngestOutcome.SopClassNotTaken => 0x0122,
        IngestOutcome.TransferSyntaxNotTaken => 0xC122,
        _ => 0x0110,
    };
}
