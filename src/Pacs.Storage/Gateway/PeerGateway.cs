using System.Text.Json.Serialization;

namespace Pacs.Storage.Gateway;

/// <summary>The peer is an archive behind this one, reached by DICOMweb: what arrives is uploaded to it, and what is there can be had here.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerGateway
{
    /// <summary>What arrives from now on is uploaded, except from the archive itself. Default true.</summary>
    public bool Store { get; init; } = true;

    /// <summary>When an upload counts as safe. Default <see cref="GatewayVerification.Search"/>.</summary>
    public GatewayVerification Verification { get; init; } = GatewayVerification.Search;

    /// <summary>A file is removed here only after the archive has committed to its object (PS3.18 §13). Default false: that is asked only for objects that were committed to a modality.</summary>
    public bool Commitment { get; init; }

    /// <summary>Minutes for which the file of a verified object stays here. Null, the default: for good.</summary>
    public int? KeepMinutes { get; init; }

    /// <summary>Who answers queries. Default <see cref="GatewayQuery.Local"/>; with the others, what only the archive has can be retrieved here as well.</summary>
    public GatewayQuery Query { get; init; } = GatewayQuery.Local;

    /// <summary>Seconds that a query waits for the archive. Default 5.</summary>
    public int QueryTimeoutSeconds { get; init; } = 5;
}
