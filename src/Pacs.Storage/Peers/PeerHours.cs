using System.Text.Json.Serialization;

namespace Pacs.Storage.Peers;

/// <summary>A window of time in which jobs may talk to a peer.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerHours
{
    /// <summary>Days on which it begins. Empty for every day, the default.</summary>
    public IReadOnlyList<DayOfWeek> Days { get; init => field = value ?? []; } = [];

    /// <summary>From, as 22:00. Default 00:00.</summary>
    public string From { get; init => field = value ?? "00:00"; } = "00:00";

    /// <summary>Up to, as 06:00, on the next day when not after <see cref="From"/>. Default 24:00.</summary>
    public string To { get; init => field = value ?? "24:00"; } = "24:00";
}
