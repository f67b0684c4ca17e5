namespace Pacs.Storage.Remote;

/// <summary>How the search of one source ended.</summary>
public enum SearchOutcome
{
    /// <summary>All its matches have been told.</summary>
    Complete,
    /// <summary>It has more matches than the limit.</summary>
    LimitReached,
    /// <summary>It took too long; there may be more.</summary>
    TimedOut,
    /// <summary>It cannot be reached.</summary>
    Away,
    /// <summary>It says no.</summary>
    Refused,
    /// <summary>It broke off; there may be more.</summary>
    Failed,
}
