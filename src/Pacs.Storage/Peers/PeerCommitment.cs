using System.Text.Json.Serialization;

namespace Pacs.Storage.Peers;

/// <summary>How the peer is asked to take responsibility for objects (PS3.4 Annex J; PS3.18 §13).</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerCommitment
{
    /// <summary>Of a peer that says nothing.</summary>
    public static PeerCommitment Default { get; } = new();

    /// <summary>Seconds that the association of a request is kept open for the report; one that comes on another counts as well. 0 to 3,600. Default 10.</summary>
    public int WaitSeconds { get; init; } = 10;

    /// <summary>Seconds until a request without an answer is followed by another; an answer to the former still counts. 1 to 86,400. Default 3,600.</summary>
    public int ReportTimeoutSeconds { get; init; } = 3600;

    /// <summary>Objects in one request, 1 to 10,000. Default 1,000.</summary>
    public int MaxReferences { get; init; } = 1000;
}
