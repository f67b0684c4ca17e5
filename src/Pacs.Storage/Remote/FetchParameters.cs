using System.Text.Json;
using System.Text.Json.Serialization;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Jobs;

namespace Pacs.Storage.Remote;

/// <summary>The parameters of a job of kind <c>fetch</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FetchParameters
{
    private const int MaxSelections = 1000;

    /// <summary>What is fetched besides what the job itself names; up to 1,000. Default nothing.</summary>
    public IReadOnlyList<FetchSelection> Objects { get; init => field = value ?? []; } = [];

    /// <summary>What is here already is fetched as well; what is different then is treated as any other object of the same UID that comes. Default false.</summary>
    public bool Force { get; init; }

    /// <summary>What a request asks for.</summary>
    /// <exception cref="JobRefusedException">Nothing, or something that cannot be asked for.</exception>
    public static FetchParameters Of(JobRequest request) => Read(request.Parameters, request.StudyInstanceUid, request.SeriesInstanceUid, request.SopInstanceUid);

    /// <summary>What a job is about.</summary>
    public static FetchParameters Of(Job job) => Read(job.Parameters, job.StudyInstanceUid, job.SeriesInstanceUid, job.SopInstanceUid);

    private static FetchParameters Read(JsonElement? json, string? study, string? series, string? instance)
    {
        var parameters = JobParameters.Read<FetchParameters>(json);
        if (study is not null) parameters = parameters with { Objects = [new FetchSelection(study) { SeriesInstanceUid = series, SopInstanceUid = instance }, .. parameters.Objects] };
        else if (series is not null || instance is not null) throw Invalid("Name the study as well: other archives ask for it.");
        if (parameters.Objects.Count is 0 or > MaxSelections || parameters.Objects.Any(o => o is null)) throw Invalid($"Name what is fetched: studyInstanceUid, or parameters.objects with 1 to {MaxSelections} studies, series or instances.");
        foreach (var selection in parameters.Objects)
        {
            foreach (var uid in new[] { selection.StudyInstanceUid, selection.SeriesInstanceUid ?? "0", selection.SopInstanceUid ?? "0" })
                if (uid is null || !Uid.IsAcceptable(uid)) throw Invalid("A UID has 1 to 64 digits and dots, and the study is always named.");
        }
        return parameters;
    }

    private static JobRefusedException Invalid(string message) => new(JobRefusal.Invalid, message);
}
