namespace Pacs.Storage.Blobs;

/// <summary>Where objects' bytes are: Part 10 files under keys that are never used twice.</summary>
public interface IBlobStore
{
    /// <summary>Begins a blob; nobody sees it before <see cref="BlobWriter.Publish"/>.</summary>
    /// <exception cref="IOException">No room, or no access.</exception>
    BlobWriter Create();

    /// <summary>Opens for positioned reads.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    IBlob Open(string key);

    /// <summary>Returns when a blob that another writer published is on stable storage.</summary>
    /// <exception cref="IOException">It may not be.</exception>
    void Flush(string key);

    /// <summary>Removes it; one that is not there is no fault.</summary>
    void Delete(string key);

    /// <summary>Puts it out of the way, for a person to look at.</summary>
    void Quarantine(string key);

    /// <summary>Every blob, in the order of keys.</summary>
    IEnumerable<BlobEntry> Enumerate();

    /// <summary>Bytes that can still be written.</summary>
    long FreeBytes { get; }
}
