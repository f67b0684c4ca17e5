using Pacs.Storage.Blobs;

namespace Pacs.Storage.Gateway;

/// <summary>The blob store as readers see it: what is not in the folder any more comes from the archive that has it.</summary>
internal sealed class ThroughBlobStore(FileBlobStore local, ArchiveFetches fetches, BlobCache cache) : IBlobStore
{
    public long FreeBytes => local.FreeBytes;

    public BlobWriter Create() => local.Create();

    public IBlob Open(string key)
    {
        try
        {
            return local.Open(key);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            if (fetches.TryOpen(key) is { } blob) return blob;
            throw;
        }
    }

    public void Flush(string key)
    {
        try
        {
            local.Flush(key);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            if (!fetches.Has(key)) throw;
        }
    }

    public void Delete(string key)
    {
        local.Delete(key);
        cache.Remove(key);
    }

    public void Quarantine(string key) => local.Quarantine(key);

    public IEnumerable<BlobEntry> Enumerate() => local.Enumerate();
}
