using Pacs.Storage.Ingest;

namespace Pacs.Storage.Blobs;

/// <summary>Whether a blob is what was stored.</summary>
internal static class BlobCheck
{
    /// <summary>Reads all of it: its length and the checksum of its data set are those that the index has.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static bool IsWhole(IBlobStore blobs, string key, long length, int datasetOffset, int datasetCrc)
    {
        using var blob = blobs.Open(key);
        if (blob.Length != length) return false;
        var crc = new Crc32C();
        var buffer = new byte[(int)Math.Clamp(length, 1, 1 << 20)];
        long offset = datasetOffset;
        for (int n; (n = blob.Read(offset, buffer)) > 0; offset += n) crc.Append(buffer.AsSpan(0, n));
        return crc.Value == datasetCrc;
    }
}
