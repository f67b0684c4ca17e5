using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Blobs;

namespace Pacs.Storage.Retrieval;

/// <summary>The one way out: C-GET, C-MOVE, WADO-RS and forwarding.</summary>
public sealed class RetrievalService
{
    private readonly InstanceRows _rows;
    private readonly HeaderReader _headers;
    private readonly IBlobStore _blobs;

    internal RetrievalService(NpgsqlDataSource dataSource, IBlobStore blobs) =>
        (_rows, _headers, _blobs) = (new InstanceRows(dataSource), new HeaderReader(blobs), blobs);

    /// <summary>Instances by series and instance number.</summary>
    public async IAsyncEnumerable<StoredInstance> SelectAsync(InstanceSelector selector, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var (instance, _) in _rows.SelectAsync(selector, withHeaders: false, cancellation)) yield return instance;
    }

    /// <summary>The same, counted before the first of them is sent, and with those named that are deleted meanwhile.</summary>
    public Task<InstanceSnapshot> SnapshotAsync(InstanceSelector selector, CancellationToken cancellation) => _rows.SnapshotAsync(selector, cancellation);

    /// <summary>Instances with their headers, in the order of <see cref="SelectAsync"/>: one database round trip for many.</summary>
    public async IAsyncEnumerable<(StoredInstance Instance, DicomDataset Header)> ReadHeadersAsync(InstanceSelector selector, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var (instance, header) in _rows.SelectAsync(selector, withHeaders: true, cancellation)) yield return (instance, Decode(instance, header));
    }

    /// <summary>Changes whenever what <see cref="ReadHeadersAsync"/> gives changes, and is cheap to ask for: what an ETag is made of. Null when there is nothing.</summary>
    public async Task<string?> GetVersionAsync(InstanceSelector selector, CancellationToken cancellation)
    {
        var versions = await _rows.ReadVersionsAsync(selector, cancellation);
        if (versions.Count == 0) return null;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', versions)));
        return Convert.ToHexStringLower(hash.AsSpan(0, 12));
    }

    /// <summary>Whether something that the selector names was here once and was deleted (410).</summary>
    public Task<bool> WasDeletedAsync(InstanceSelector selector, CancellationToken cancellation) => _rows.WasDeletedAsync(selector, cancellation);

    /// <summary>The header: everything but bulk data, whose place is told by <see cref="BulkElement"/>s.</summary>
    public async Task<DicomDataset> ReadHeaderAsync(StoredInstance instance, CancellationToken cancellation) =>
        Decode(instance, await _rows.ReadHeaderAsync(instance.Id, cancellation));

    /// <summary>The Part 10 file as stored: its length and positioned reads.</summary>
    /// <exception cref="BlobMissingException">The index has it, the blob store has not.</exception>
    public BlobReader OpenBlob(StoredInstance instance) => new(_blobs, instance.BlobKey);

    /// <summary>The data set, from its first byte, in the wanted transfer syntax; streamed.</summary>
    /// <exception cref="NotSupportedException">Pixels would have to be decoded: <see cref="CanServe"/> tells before.</exception>
    /// <exception cref="BlobMissingException">The index has it, the blob store has not.</exception>
    public Stream OpenDataset(StoredInstance instance, TransferSyntax wanted)
    {
        if (!CanServe(instance, wanted)) throw new NotSupportedException($"{instance.TransferSyntax} cannot be turned into {wanted}.");
        var stored = OpenStored(instance);
        return wanted == instance.TransferSyntax ? stored : NativeTranscodingStream.Create(stored, instance.TransferSyntax, wanted);
    }

    /// <summary>Whether <see cref="OpenDataset"/> can: the same syntax, or both native.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "What can be decoded is this service's to know.")]
    public bool CanServe(StoredInstance instance, TransferSyntax wanted) =>
        wanted == instance.TransferSyntax || (wanted.IsNative && instance.TransferSyntax.IsNative);

    /// <summary>Frames that can be told apart: 0 without pixels, and of a video.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "Frames are this service's to find.")]
    public int CountFrames(StoredInstance instance) =>
        instance.FrameTable is { } encoded && FrameTable.Decode(encoded) is { IsSeekable: true } table ? table.FrameCount : 0;

    /// <summary>Where the frames (from 1) are; null in place of one that is not there, or cannot be told from its neighbours (video).</summary>
    public async Task<IReadOnlyList<FrameLocation?>> FindFramesAsync(StoredInstance instance, IReadOnlyList<int> frames, CancellationToken cancellation)
    {
        if (instance.FrameTable is not { } encoded) return new FrameLocation?[frames.Count];
        var table = FrameTable.Decode(encoded);
        // Only the header tells whether the pixels are bytes or words, and only big endian makes a difference of it.
        var unit = instance.TransferSyntax.IsBigEndian ? PixelUnit(await ReadHeaderAsync(instance, cancellation)) : 1;
        return [.. frames.Select(frame => table.Find(frame) is { } extent
            ? new FrameLocation(extent.Ranges) { SwapUnit = unit, BitOffset = extent.FirstBit, BitLength = instance.BitsPerFrame }
            : null)];
    }

    /// <summary>Where the value of a bulk element is, named as in <see cref="Pacs.Dicom.Json.BulkPath"/>; null when there is none. Of encapsulated pixel data, all fragments.</summary>
    public async Task<FrameLocation?> FindBulkDataAsync(StoredInstance instance, string bulkPath, CancellationToken cancellation)
    {
        if (FindBulk(await ReadHeaderAsync(instance, cancellation), bulkPath) is not { } bulk) return null;
        if (bulk.IsEncapsulated) return bulk.Tag == Tags.PixelData && instance.FrameTable is { } table ? new FrameLocation(FrameTable.Decode(table).All.Ranges) : null;
        return new FrameLocation([(bulk.Offset, bulk.Length)]) { SwapUnit = instance.TransferSyntax.IsBigEndian ? bulk.Vr.UnitSize : 1 };
    }

    /// <summary>
    /// The bytes of a frame or bulk value, little endian; <see cref="FrameLocation.Length"/> of them. Positioned reads,
    /// except for a deflated data set, which is inflated up to there.
    /// </summary>
    /// <exception cref="BlobMissingException">The index has it, the blob store has not.</exception>
    public Stream OpenBulkData(StoredInstance instance, FrameLocation location)
    {
        var stored = OpenStored(instance);
        return new RangesStream(instance.TransferSyntax.IsDeflated ? new DeflateStream(stored, CompressionMode.Decompress) : stored, location);
    }

    /// <summary>A file that has lost its end is told before a byte of it is sent: afterwards the association, or the response, would have to be broken off.</summary>
    private BlobStream OpenStored(StoredInstance instance)
    {
        var blob = new BlobReader(_blobs, instance.BlobKey);
        if (blob.Length >= instance.BlobLength) return new BlobStream(blob, instance.DatasetOffset, instance.BlobLength - instance.DatasetOffset);
        blob.Dispose();
        throw new BlobMissingException(instance.BlobKey);
    }

    private DicomDataset Decode(StoredInstance instance, byte[]? header) =>
        _headers.Read(header, instance.BlobKey, instance.TransferSyntax.Uid, instance.DatasetOffset);

    private static int PixelUnit(DicomDataset header) =>
        (header[Tags.PixelData] ?? header[Tags.FloatPixelData] ?? header[Tags.DoubleFloatPixelData])?.Vr.UnitSize ?? 1;

    private static BulkElement? FindBulk(DicomDataset dataset, string path)
    {
        var parts = path.Split('/');
        for (var i = 0; ; i += 2)
        {
            if (!Tag.TryParseHex(parts[i], out var tag)) return null;
            if (i == parts.Length - 1) return dataset[tag] as BulkElement;
            if (i + 2 >= parts.Length || !int.TryParse(parts[i + 1], CultureInfo.InvariantCulture, out var item)) return null;
            var items = dataset.GetItems(tag);
            if (item < 0 || item >= items.Count) return null;
            dataset = items[item];
        }
    }
}
