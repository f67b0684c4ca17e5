namespace Pacs.TestKit.Processes;

/// <summary>How the roles are spread over processes.</summary>
public enum Arrangement
{
    /// <summary>Pacs.Api alone, with all roles.</summary>
    OneProcess,
    /// <summary>Pacs.Dimse, Pacs.Api and Pacs.Worker, on one data folder and one database.</summary>
    ThreeProcesses,
}
