namespace Pacs.Storage.Hosting;

/// <summary>Where objects are kept, and by which rules.</summary>
public sealed record StorageOptions
{
    /// <summary>Folder of the DICOM files. Default <c>blobs</c> in the data folder.</summary>
    public string? BlobFolder { get; init; }

    /// <summary>Folder of files being received; on the same file system as <see cref="BlobFolder"/>. Default <c>incoming</c> in <see cref="BlobFolder"/> if that is set, else in the data folder.</summary>
    public string? IncomingFolder { get; init; }

    /// <summary>Folder of files that a crash left without a place in the index. Default <c>quarantine</c> in the data folder.</summary>
    public string? QuarantineFolder { get; init; }

    /// <summary>Bytes kept free on the blobs' file system and on that of a private PostgreSQL: below, new objects are refused (A700). Default 1 GiB.</summary>
    [AtOnce]
    public long ReserveBytes { get; init; } = 1L << 30;

    /// <summary>What to do with another data set of a SOP Instance UID that is stored already. Default <see cref="DuplicatePolicy.Replace"/>.</summary>
    [AtOnce]
    public DuplicatePolicy Duplicates { get; init; } = DuplicatePolicy.Replace;

    /// <summary>Headers longer than this many bytes stay in the file and are read from there. Default 1 MiB.</summary>
    [AtOnce]
    public int MaxHeaderBytes { get; init; } = 1 << 20;

    /// <summary>Threads that flush objects whose receiver does not wait on a thread of its own (STOW-RS, import). Default 16.</summary>
    [AtOnce]
    public int FlushThreads { get; init; } = 16;
}
