namespace Pacs.Storage.Peers;

/// <summary>What came of asking a peer for a sign of life.</summary>
/// <param name="AeTitle">The peer.</param>
/// <param name="Success">It answered, and as it should.</param>
/// <param name="Status">DIMSE status as four hexadecimal digits, of a DICOMweb server the HTTP status; null when there was no answer.</param>
/// <param name="Milliseconds">From connecting to the answer.</param>
/// <param name="Message">What to do when it failed.</param>
public sealed record PeerVerification(string AeTitle, bool Success, string? Status, double Milliseconds, string Message)
{
    /// <summary>When it was asked.</summary>
    public DateTimeOffset CheckedAt { get; init; }

    /// <summary>When it last answered as it should; null when it never did.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }
}
