namespace Pacs.Storage.DicomWeb;

/// <summary>What a server says of a storage commitment request (PS3.18 Table J.2-1).</summary>
public sealed record DicomWebCommitment
{
    /// <summary>There is a result; otherwise the server is still at it.</summary>
    public bool IsDone { get; init; }

    /// <summary>When to ask again, while there is none.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>SOP Instance UIDs of those that the server keeps from now on.</summary>
    public IReadOnlySet<string> Committed { get; init; } = new HashSet<string>();

    /// <summary>Those that it does not, with its reason (0008,1197). What is in neither was not answered for, and is not committed.</summary>
    public IReadOnlyDictionary<string, int> Failed { get; init; } = new Dictionary<string, int>();
}
