using Microsoft.Extensions.Caching.Memory;

namespace Pacs.Api.Wado;

/// <summary>Answers to /metadata as they were sent, each good for one version of what it tells of.</summary>
internal sealed class MetadataCache : IDisposable
{
    /// <summary>Larger answers are made anew each time.</summary>
    public const int MaxEntryBytes = 8 << 20;

    private const int MaxBytes = 64 << 20;

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MaxBytes });

    public sealed record Key(string Study, string? Series, string? Instance, string BaseUrl, string Form, string Coding);

    private sealed record Entry(string Version, byte[] Body);

    public byte[]? Find(Key key, string version) =>
        _cache.TryGetValue(key, out Entry? entry) && entry!.Version == version ? entry.Body : null;

    public void Keep(Key key, string version, byte[] body) =>
        _cache.Set(key, new Entry(version, body), new MemoryCacheEntryOptions { Size = body.Length + 512, SlidingExpiration = TimeSpan.FromMinutes(10) });

    public void Dispose() => _cache.Dispose();
}
