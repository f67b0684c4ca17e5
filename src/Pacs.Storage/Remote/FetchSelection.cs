using System.Text.Json.Serialization;

namespace Pacs.Storage.Remote;

/// <summary>A study, one of its series, or one instance, to be fetched.</summary>
/// <param name="StudyInstanceUid">Always named: other archives ask for it.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FetchSelection(string StudyInstanceUid)
{
    public string? SeriesInstanceUid { get; init; }
    public string? SopInstanceUid { get; init; }

    /// <summary>The most special of its UIDs.</summary>
    [JsonIgnore]
    public string Uid => SopInstanceUid ?? SeriesInstanceUid ?? StudyInstanceUid;

    /// <summary>The whole of this series is wanted.</summary>
    public bool Covers(RemoteObject found) => SopInstanceUid is null && StudyInstanceUid == found.StudyInstanceUid && (SeriesInstanceUid is null || SeriesInstanceUid == found.SeriesInstanceUid);
}
