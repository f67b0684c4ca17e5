namespace Pacs.Storage.ProcedureSteps;

/// <summary>Performed Procedure Step Status (0040,0252): PS3.3 §C.4.14. The last two are final.</summary>
public enum ProcedureStepStatus
{
    InProgress,
    Completed,
    Discontinued,
}
