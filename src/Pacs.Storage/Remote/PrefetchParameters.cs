using System.Text.Json.Serialization;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Remote;

/// <summary>The parameters of a job of kind <c>prefetch</c>: which earlier studies of a patient are fetched.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PrefetchParameters
{
    /// <summary>Whose studies, where the job names no study of this archive. Null: the patient of that study.</summary>
    public string? PatientId { get; init; }

    /// <summary>Who issued <see cref="PatientId"/>. Null when not known.</summary>
    public string? IssuerOfPatientId { get; init; }

    /// <summary>How many at most, the latest first: 1 to 100. Default 3.</summary>
    public int Studies { get; init; } = 3;

    /// <summary>Only studies that have one of the modalities of the study that the job names. Default false.</summary>
    public bool SameModality { get; init; }

    /// <summary>Only studies that show a body part of the study that the job names, as far as that says which. Default false.</summary>
    public bool SameBodyPart { get; init; }

    /// <summary>Only studies that have one of these modalities. Default any.</summary>
    public IReadOnlyList<string> Modalities { get; init => field = value ?? []; } = [];

    /// <summary>Only studies that show one of these body parts (0018,0015). Default any.</summary>
    public IReadOnlyList<string> BodyParts { get; init => field = value ?? []; } = [];

    /// <summary>Only studies that are no older, counted from the study that the job names, else from today. Default any.</summary>
    public int? MaxAgeDays { get; init; }

    /// <summary>What a request asks for.</summary>
    /// <exception cref="JobRefusedException">Nobody is named, or it cannot be asked for.</exception>
    public static PrefetchParameters Of(JobRequest request)
    {
        var parameters = JobParameters.Read<PrefetchParameters>(request.Parameters);
        if (request.StudyInstanceUid is null == string.IsNullOrWhiteSpace(parameters.PatientId)) throw Invalid("Name whose studies: studyInstanceUid of a study of this archive, or parameters.patientId.");
        if (request.StudyInstanceUid is null && (parameters.SameModality || parameters.SameBodyPart)) throw Invalid("sameModality and sameBodyPart need a study to compare with: name its studyInstanceUid.");
        if (parameters.PatientId?.AsSpan().ContainsAny('\\', '*', '?') == true) throw Invalid("parameters.patientId is one ID, without wildcards.");
        if (parameters.Studies is < 1 or > 100) throw Invalid("parameters.studies is a number from 1 to 100.");
        if (parameters.MaxAgeDays is < 1) throw Invalid("parameters.maxAgeDays is at least 1.");
        if (parameters.Modalities.Concat(parameters.BodyParts).Any(t => string.IsNullOrWhiteSpace(t))) throw Invalid("parameters.modalities and parameters.bodyParts are lists of codes, as CT and CHEST.");
        return parameters;
    }

    /// <summary>What a job is about.</summary>
    public static PrefetchParameters Of(Job job) => JobParameters.Read<PrefetchParameters>(job.Parameters);

    private static JobRefusedException Invalid(string message) => new(JobRefusal.Invalid, message);
}
