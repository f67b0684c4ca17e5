namespace Pacs.Storage.Jobs;

/// <summary>What came of a request to change a job.</summary>
public enum JobChange
{
    /// <summary>Done.</summary>
    Accepted,
    /// <summary>There is no such job.</summary>
    NotFound,
    /// <summary>The job's state does not allow it: cancelling one that ended, retrying one in which nothing failed.</summary>
    NotPossible,
}
