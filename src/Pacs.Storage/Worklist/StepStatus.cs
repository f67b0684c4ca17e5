namespace Pacs.Storage.Worklist;

/// <summary>Scheduled Procedure Step Status (0040,0020): the defined terms of PS3.3 §C.4.10 that this archive sets itself, and those that close an item.</summary>
internal static class StepStatus
{
    public const string Scheduled = "SCHEDULED";
    public const string Started = "STARTED";

    /// <summary>Beyond the standard's terms, which end with the patient's departure; the column <c>is_closed</c> knows them.</summary>
    public const string Completed = "COMPLETED", Discontinued = "DISCONTINUED";
}
