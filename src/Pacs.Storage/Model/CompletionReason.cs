namespace Pacs.Storage.Model;

/// <summary>What made a study complete.</summary>
public enum CompletionReason : short
{
    /// <summary>Nothing more of it came for a while: <see cref="Hosting.StudyOptions.QuietSeconds"/>.</summary>
    QuietTime = 1,
    /// <summary>Its modality performed procedure step was completed.</summary>
    ProcedureStep = 2,
    /// <summary>Somebody said so by REST.</summary>
    Request = 3,
}
