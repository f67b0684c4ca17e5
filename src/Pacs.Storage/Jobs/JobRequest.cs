using System.Text.Json;
using System.Text.Json.Serialization;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Jobs;

/// <summary>Outbound work to be done.</summary>
/// <param name="Kind">A registered <see cref="IJobKind"/>: "forward".</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record JobRequest(string Kind)
{
    public string? StudyInstanceUid { get; init; }
    public string? SeriesInstanceUid { get; init; }
    public string? SopInstanceUid { get; init; }

    /// <summary>AE title of a known peer, for kinds that talk to one.</summary>
    public string? Peer { get; init; }

    /// <summary>Peers to go to, in this order, when <see cref="Peer"/> is away. Default none.</summary>
    public IReadOnlyList<string> Alternates { get; init => field = value ?? []; } = [];

    /// <summary>Before or after the other jobs of the peer. Default Normal.</summary>
    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <summary>A JSON object that means something to the kind alone. Default none.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Who asked for it: "rest", "rule 3". No patient data.</summary>
    [JsonIgnore]
    public string Cause { get; init; } = "";

    /// <summary>Study, series or instance that it names.</summary>
    internal InstanceSelector Selector => InstanceSelector.Of(StudyInstanceUid, SeriesInstanceUid, SopInstanceUid);
}
