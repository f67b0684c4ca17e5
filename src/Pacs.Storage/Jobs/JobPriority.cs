namespace Pacs.Storage.Jobs;

/// <summary>Which of the jobs of one peer go first. The numbers are what the database keeps.</summary>
public enum JobPriority
{
    /// <summary>After all others.</summary>
    Low = 0,
    /// <summary>The default.</summary>
    Normal = 1,
    /// <summary>Before all others.</summary>
    High = 2,
}
