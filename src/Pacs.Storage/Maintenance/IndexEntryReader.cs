using System.Buffers.Binary;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Ingest;

namespace Pacs.Storage.Maintenance;

/// <summary>Makes of a blob what the index keeps of it.</summary>
internal sealed class IndexEntryReader(PacsOptions options, IBlobStore blobs)
{
    private const int BufferLength = 256 * 1024;

    /// <exception cref="DicomFormatException">Not a DICOM object.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public IndexEntry Read(string key, DateTimeOffset receivedAt)
    {
        using var blob = blobs.Open(key);
        return Read(blob, key, receivedAt);
    }

    /// <inheritdoc cref="Read(string, DateTimeOffset)"/>
    public IndexEntry Read(IBlob blob, string key, DateTimeOffset receivedAt)
    {
        var buffer = new byte[BufferLength];
        ReadOnlySpan<byte> rest = buffer.AsSpan(0, blob.Read(0, buffer));
        var first = rest.Length;
        if (!Part10Parser.TryRead(ref rest, isFinal: true, out var meta)) throw new DicomFormatException("No file meta.", 0);
        var offset = first - rest.Length;
        using var parser = new DatasetParser(meta!.TransferSyntax, InstanceFactory.Limits, offset);
        var crc = new Crc32C();
        long position = offset;
        for (int n; (n = blob.Read(position, buffer)) > 0; position += n)
        {
            crc.Append(buffer.AsSpan(0, n));
            parser.Append(buffer.AsSpan(0, n));
        }
        var dataset = parser.Complete();
        ushort Peek(long at)
        {
            Span<byte> bytes = stackalloc byte[2];
            return blob.Read(offset + at, bytes) == 2 ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;
        }
        var instance = InstanceFactory.Create(dataset, parser, meta.TransferSyntax, options.Storage.MaxHeaderBytes, Peek);
        instance.BlobKey = key;
        instance.BlobLength = blob.Length;
        instance.DatasetOffset = offset;
        instance.DatasetCrc = crc.Value;
        instance.CallingAeTitle = meta.SourceApplicationEntityTitle ?? "";
        instance.CalledAeTitle = meta.ReceivingApplicationEntityTitle ?? "";
        instance.ReceivedAt = receivedAt;
        return new IndexEntry(dataset, instance);
    }
}
