using System.Text.Json.Serialization;

namespace Pacs.Storage.Peers;

/// <summary>How work that goes out to a peer treats it, over all nodes and for every kind of job.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerOutbound
{
    /// <summary>Jobs that talk to it at a time, each with one association. 0 for no limit. Default 5.</summary>
    public int MaxAssociations { get; init; } = 5;

    /// <summary>Objects sent over one association before another is opened. 0 for no limit, the default.</summary>
    public int ObjectsPerAssociation { get; init; }

    /// <summary>Kilobytes (1,000 bytes) a second that each process of this archive sends to it. 0 for no limit, the default.</summary>
    public int BandwidthKilobytesPerSecond { get; init; }

    /// <summary>When jobs may talk to it. Empty for at any time, the default.</summary>
    public IReadOnlyList<PeerHours> Hours { get; init => field = value ?? []; } = [];

    /// <summary>IANA name of the time zone that <see cref="Hours"/> are in. Default the server's.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The first object that fails for good ends its job as failed. Default false: the job goes on with the next object.</summary>
    public bool StopAtFirstFailure { get; init; }
}
