using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Jobs;

/// <summary>Outbound work to be done. At least one of the UIDs says on what: a study, a series or an instance of this archive.</summary>
/// <param name="Kind">A registered <see cref="IJobKind"/>: "forward".</param>
public sealed record JobRequest(string Kind)
{
    public string? StudyInstanceUid { get; init; }
    public string? SeriesInstanceUid { get; init; }
    public string? SopInstanceUid { get; init; }

    /// <summary>AE title of a known peer, for kinds that talk to one.</summary>
    public string? Peer { get; init; }

    internal InstanceSelector Selector => InstanceSelector.Of(StudyInstanceUid, SeriesInstanceUid, SopInstanceUid);
}
