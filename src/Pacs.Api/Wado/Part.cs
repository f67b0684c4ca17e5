using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>A frame or bulk value as it is sent.</summary>
/// <param name="Location">Its bytes.</param>
/// <param name="ContentType">With the transfer-syntax parameter, where it has one.</param>
/// <param name="Url">Its own address: the Content-Location.</param>
internal sealed record Part(FrameLocation Location, string ContentType, string Url);
