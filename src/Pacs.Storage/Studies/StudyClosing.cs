namespace Pacs.Storage.Studies;

/// <summary>What came of closing a study.</summary>
public enum StudyClosing
{
    /// <summary>It is complete now, and that was announced.</summary>
    Closed,
    /// <summary>It was complete before, and nothing of it has changed since.</summary>
    WasComplete,
    /// <summary>There is no such study.</summary>
    NotFound,
}
