using System.Text.Json.Serialization;

namespace Pacs.Api.Rest.Gateway;

/// <summary>A study that is to be at an archive.</summary>
/// <param name="Peer">AE title of the archive.</param>
/// <param name="StudyInstanceUid">The study.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record UploadRequest(string Peer, string StudyInstanceUid);
