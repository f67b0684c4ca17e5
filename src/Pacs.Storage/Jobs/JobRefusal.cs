namespace Pacs.Storage.Jobs;

/// <summary>Why a job is refused.</summary>
public enum JobRefusal
{
    /// <summary>The request itself is wrong: unknown kind, nothing named (400).</summary>
    Invalid,
    /// <summary>The peer is not known (404 or 422: it is part of the body).</summary>
    UnknownPeer,
    /// <summary>Nothing in this archive is what it names (404).</summary>
    NothingSelected,
}
