namespace Pacs.Storage.Indexing;

/// <summary>What the index did with an entry.</summary>
internal enum IndexOutcome
{
    /// <summary>Committed.</summary>
    Committed,
    /// <summary>Another instance of the UID is there (or, for a replacement, no longer the one expected).</summary>
    Occupied,
    /// <summary>The database was away for too long. Whether it committed is not known.</summary>
    Unavailable,
    /// <summary>The database refused it; nothing is there.</summary>
    Refused,
}
