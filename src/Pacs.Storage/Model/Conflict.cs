namespace Pacs.Storage.Model;

/// <summary>Objects said to belong elsewhere than where their study or series is kept: for a person to resolve.</summary>
public sealed class Conflict
{
    public long Id { get; set; }

    public ConflictKind Kind { get; set; }

    /// <summary>The study as kept.</summary>
    public string StudyInstanceUid { get; set; } = "";

    /// <summary>Of the first such object.</summary>
    public string SeriesInstanceUid { get; set; } = "";

    /// <summary>Of the first such object.</summary>
    public string SopInstanceUid { get; set; } = "";

    /// <summary>The Patient ID that the objects say; empty for <see cref="ConflictKind.SeriesOfAnotherStudy"/>.</summary>
    public string ClaimedPatientId { get; set; } = "";

    public string ClaimedIssuer { get; set; } = "";

    /// <summary>The study that the objects say; empty for <see cref="ConflictKind.StudyOfAnotherPatient"/>.</summary>
    public string ClaimedStudyUid { get; set; } = "";

    public DateTimeOffset FirstAt { get; set; }
}
