using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Jobs;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>
/// Finds the earlier studies of a patient at another archive. Whoever has the same Patient ID is the same patient only if nothing
/// contradicts it: another issuer, another date of birth.
/// </summary>
public sealed class PriorStudies(QueryEngine engine, TimeProvider time)
{
    /// <summary>Studies of one patient that are looked at.</summary>
    private const int MaxStudies = 1000;

    private sealed record Reference(string? Study, string PatientId, string Issuer, string BirthDate, DateOnly? Date, IReadOnlyList<string> Modalities, IReadOnlyList<string> BodyParts);

    /// <summary>Study Instance UIDs, the latest first.</summary>
    /// <exception cref="JobRunException">The study that the job names is not here, or its patient has no ID.</exception>
    /// <exception cref="RemoteArchiveException">The archive cannot be asked.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(IRemoteArchive archive, string? study, PrefetchParameters wanted, CancellationToken cancellation)
    {
        var reference = await ReadAsync(study, wanted, cancellation);
        var candidates = new List<(string Uid, string Order)>();
        await foreach (var match in archive.FindAsync(
            new QuerySpec(QueryLevel.Study)
            {
                Keys = [Key(Tags.PatientID, reference.PatientId)],
                Return = [.. new[] { Tags.IssuerOfPatientID, Tags.PatientBirthDate, Tags.StudyDate, Tags.StudyTime, Tags.ModalitiesInStudy }.Select(t => new AttributePath(t))],
                Limit = MaxStudies,
            },
            cancellation))
        {
            if (match.GetString(Tags.StudyInstanceUID) is { } uid && Uid.IsAcceptable(uid) && IsWanted(match, reference, wanted)) candidates.Add((uid, $"{match.GetString(Tags.StudyDate)}{match.GetString(Tags.StudyTime)}"));
        }
        var priors = new List<string>();
        foreach (var (uid, _) in candidates.DistinctBy(c => c.Uid).OrderByDescending(c => c.Order, StringComparer.Ordinal))
        {
            if (priors.Count == wanted.Studies) break;
            if (await HasSeriesAsync(archive, uid, reference, wanted, cancellation)) priors.Add(uid);
        }
        return priors;
    }

    private bool IsWanted(DicomDataset match, Reference reference, PrefetchParameters wanted)
    {
        // An archive may pass over a key, and an ID with a wildcard in it finds others.
        if (match.GetString(Tags.PatientID) != reference.PatientId || match.GetString(Tags.StudyInstanceUID) == reference.Study) return false;
        if (Contradicts(match.GetString(Tags.IssuerOfPatientID), reference.Issuer) || Contradicts(match.GetString(Tags.PatientBirthDate), reference.BirthDate)) return false;
        var date = DicomDate.TryParse(match.GetString(Tags.StudyDate), out var parsed) ? parsed : (DateOnly?)null;
        if (date > reference.Date) return false;
        if (wanted.MaxAgeDays is not { } days) return true;
        return date >= (reference.Date ?? DateOnly.FromDateTime(time.GetLocalNow().DateTime)).AddDays(-days);
    }

    private static bool Contradicts(string? told, string known) => told is { Length: > 0 } && known.Length > 0 && told != known;

    /// <summary>Modality and body part are those of one series; not every archive knows them of a study.</summary>
    private static async Task<bool> HasSeriesAsync(IRemoteArchive archive, string study, Reference reference, PrefetchParameters wanted, CancellationToken cancellation)
    {
        var modalities = Wanted(wanted.Modalities, wanted.SameModality, reference.Modalities);
        var bodyParts = Wanted(wanted.BodyParts, wanted.SameBodyPart, reference.BodyParts);
        if (modalities.Count == 0 && bodyParts.Count == 0) return true;
        await foreach (var series in archive.FindAsync(SeriesOf(study), cancellation))
        {
            if ((modalities.Count == 0 || modalities.Contains(series.GetString(Tags.Modality) ?? "")) && (bodyParts.Count == 0 || bodyParts.Contains(series.GetString(Tags.BodyPartExamined) ?? ""))) return true;
        }
        return false;
    }

    private static HashSet<string> Wanted(IReadOnlyList<string> named, bool isSame, IReadOnlyList<string> ofReference) => [.. named, .. isSame ? ofReference : []];

    private static QuerySpec SeriesOf(string study) => new(QueryLevel.Series) { Keys = [Key(Tags.StudyInstanceUID, study)], Return = [new(Tags.Modality), new(Tags.BodyPartExamined)] };

    private async Task<Reference> ReadAsync(string? study, PrefetchParameters wanted, CancellationToken cancellation)
    {
        if (study is null)
        {
            var (id, issuer) = (wanted.PatientId!.Trim(), wanted.IssuerOfPatientId?.Trim() ?? "");
            // What is known of the patient here tells others of the same ID apart.
            List<MatchingKey> keys = issuer.Length > 0 ? [Key(Tags.PatientID, id), Key(Tags.IssuerOfPatientID, issuer)] : [Key(Tags.PatientID, id)];
            var births = new HashSet<string>();
            await foreach (var patient in engine.RunAsync(new QuerySpec(QueryLevel.Patient) { Keys = keys, Return = [new(Tags.PatientBirthDate)], Limit = 2 }, cancellation)) births.Add(patient.GetString(Tags.PatientBirthDate) ?? "");
            return new Reference(null, id, issuer, births.Count == 1 ? births.Single() : "", null, [], []);
        }

        AttributePath[] attributes = [new(Tags.PatientID), new(Tags.IssuerOfPatientID), new(Tags.PatientBirthDate), new(Tags.StudyDate), new(Tags.ModalitiesInStudy)];
        DicomDataset? known = null;
        await foreach (var match in engine.RunAsync(new QuerySpec(QueryLevel.Study) { Keys = [Key(Tags.StudyInstanceUID, study)], Return = attributes }, cancellation)) known = match;
        if (known is null) throw new JobRunException("The study whose priors are wanted is not in this archive.") { IsLasting = true };
        if (known.GetString(Tags.PatientID) is not { } patientId) throw new JobRunException("The study whose priors are wanted has no Patient ID: nothing says whose others are.") { IsLasting = true };
        var parts = new HashSet<string>();
        if (wanted.SameBodyPart)
            await foreach (var series in engine.RunAsync(SeriesOf(study), cancellation))
                if (series.GetString(Tags.BodyPartExamined) is { } part) parts.Add(part);
        return new Reference(
            study, patientId, known.GetString(Tags.IssuerOfPatientID) ?? "", known.GetString(Tags.PatientBirthDate) ?? "",
            DicomDate.TryParse(known.GetString(Tags.StudyDate), out var date) ? date : null,
            [.. known.GetStrings(Tags.ModalitiesInStudy).Where(m => m.Length > 0)], [.. parts]);
    }

    private static MatchingKey Key(Tag tag, string value) => new(new AttributePath(tag), DataElementDictionary.VrOf(tag), [value]);
}
