namespace Pacs.Storage.Remote;

/// <summary>Why another archive does not do what it is asked.</summary>
public enum RemoteFault
{
    /// <summary>It cannot be reached, or takes no more associations now.</summary>
    Away,
    /// <summary>It says no, for a reason that stays: association rejected, service not offered, identifier refused.</summary>
    Refused,
    /// <summary>It began and did not end: a failure that may pass.</summary>
    Failed,
}
