namespace Pacs.Storage.Sending;

/// <summary>How the sending of one object ended.</summary>
public enum SendOutcome
{
    /// <summary>The peer has it.</summary>
    Sent,
    /// <summary>The peer has it, and says something was odd (Bxxx).</summary>
    SentWithWarning,
    /// <summary>Not now: trying again later may help (A7xx, 0110, 0213).</summary>
    NotNow,
    /// <summary>Never, as it is: the peer refuses it, takes no transfer syntax of it, or it cannot be read here.</summary>
    Refused,
}
