namespace Pacs.Storage.Hosting;

/// <summary>Objects whose files are at an archive behind this one (peers with <c>gateway</c>).</summary>
public sealed record GatewayOptions
{
    /// <summary>Folder of fetched files, which may be emptied at any time. Default <c>cache</c> in the data folder.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Bytes of fetched files that are kept; the least used go first. 0: none beyond their use. Default 10 GiB.</summary>
    public long CacheBytes { get; init; } = 10L << 30;

    /// <summary>Objects that a process fetches at a time. Default 8.</summary>
    public int Fetches { get; init; } = 8;
}
