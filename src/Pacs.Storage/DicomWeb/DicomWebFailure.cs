namespace Pacs.Storage.DicomWeb;

/// <summary>What a failed request means for whoever sent it.</summary>
public enum DicomWebFailure
{
    /// <summary>The server as a whole: it cannot be reached, does not know us, or says that it takes nothing now. Whatever else is sent to it fares alike.</summary>
    Away,
    /// <summary>This request, and it may pass: the connection broke, nothing came in time, the server failed (5xx, 408). What came of it is not known.</summary>
    MayPass,
    /// <summary>This request, and it will not pass: the server refuses it (4xx), or answers what nobody can make sense of.</summary>
    Refused,
}
