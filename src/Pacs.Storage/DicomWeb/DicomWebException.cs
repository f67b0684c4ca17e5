namespace Pacs.Storage.DicomWeb;

/// <summary>A request to a DICOMweb server that failed. The message tells a person what to do; it names no patient, and quotes nothing that the server said.</summary>
/// <param name="failure">What follows from it.</param>
/// <param name="message">For a person.</param>
/// <param name="inner">What happened below.</param>
public sealed class DicomWebException(DicomWebFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public DicomWebFailure Failure { get; } = failure;

    /// <summary>The server's answer; null when there was none.</summary>
    public int? Status { get; init; }

    /// <summary>When the server wants to be asked again; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
