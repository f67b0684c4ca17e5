using Pacs.Storage.Gateway;

namespace Pacs.Api.Rest.Gateway;

/// <summary>How the archives behind this one fare.</summary>
/// <param name="Archives">Each, by AE title.</param>
/// <param name="CacheFiles">Fetched files that are kept here.</param>
/// <param name="CacheBytes">Their bytes.</param>
/// <param name="CacheLimitBytes">How many bytes may be kept.</param>
internal sealed record GatewayAnswer(IReadOnlyList<GatewayStatus> Archives, long CacheFiles, long CacheBytes, long CacheLimitBytes);
