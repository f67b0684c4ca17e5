using System.Data.Common;
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

    /// <summary>The header, read from the blob and not from the index: for threads that send, and have no connection to the database.</summary>
    internal DicomDataset ReadHeader(StoredInstance instance) => Decode(instance, null);

    /// <summary>Whether the index still has the instance, in this version or another, as far as it tells: for threads that send. Blocks.</summary>
    internal bool Has(StoredInstance instance)
    {
        try
        {
            return SnapshotAsync(InstanceSelector.Of(null, null, instance.SopInstanceUid), CancellationToken.None).GetAwaiter().GetResult().SopInstanceUids.Count > 0;
        }
        catch (Exception e) when (e is DbException or TimeoutException)
        {
            return true;
        }
    }

    /// <summary>The data set as stored, from its first byte, inflated if it is deflated; the places of <see cref="BulkElement"/>s are places in it.</summary>
    internal Stream OpenPlain(StoredInstance instance)
    {
        var stored = OpenStored(instance);
        return instance.TransferSyntax.IsDeflated ? new InflatedStream(stored) : stored;
    }

    /// <summary>The Part 10 file as stored: its length and positioned reads.</summary>
    /// <exception cref="BlobMissingException">The index has it, the blob store has not.</exception>
    public BlobReader OpenBlob(StoredInstance instance) => new(_blobs, instance.BlobKey);

    /// <summary>Begins to fetch the file if it is at an archive behind this one, and does not wait for it.</summary>
    public void FetchAhead(StoredInstance instance)
    {
        if (!instance.IsRemote) return;
        try
        {
            _blobs.Open(instance.BlobKey).Dispose();
        }
        catch (IOException)
        {
            // Who opens it is told.
            return;
        }
    }

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

    /// <summary>Where the instance's frames are. Reads the header only where it takes more than the frame table to tell.</summary>
    public async Task<InstanceFrames> ReadFramesAsync(StoredInstance instance, CancellationToken cancellation)
    {
        if (instance.FrameTable is not { } encoded || instance.TransferSyntax.IsVideo) return new InstanceFrames(null);
        var table = FrameTable.Decode(encoded);
        if (instance.TransferSyntax.IsBigEndian)
        {
            // Only the header tells whether the pixels are bytes or words.
            return new InstanceFrames(table, PixelUnit(await ReadHeaderAsync(instance, cancellation)));
        }
        return instance.TransferSyntax.Uid == Uids.EncapsulatedUncompressedExplicitVRLittleEndian
            ? new InstanceFrames(table, bitsPerFrame: FrameTable.BitsPerFrame(await ReadHeaderAsync(instance, cancellation)))
            : new InstanceFrames(table);
    }

    /// <summary>The frames that a bulk value consists of: those of encapsulated pixels. None of a value that is one.</summary>
    public async Task<InstanceFrames> ReadFramesAsync(StoredInstance instance, BulkValue value, CancellationToken cancellation) =>
        value is { IsPixelData: true, IsEncapsulated: true } ? await ReadFramesAsync(instance, cancellation) : new InstanceFrames(null);

    /// <summary>A bulk value, named as in <see cref="Pacs.Dicom.Json.BulkPath"/>; null when there is none.</summary>
    public async Task<BulkValue?> FindBulkDataAsync(StoredInstance instance, string bulkPath, CancellationToken cancellation) =>
        BulkFinder.Find(await ReadHeaderAsync(instance, cancellation), bulkPath, instance, () => OpenBulkData(instance));

    /// <summary>Every bulk value of a header, in the order of the data set.</summary>
    public IEnumerable<BulkValue> FindBulkData(StoredInstance instance, DicomDataset header) =>
        BulkFinder.FindAll(header, "", instance, () => OpenBulkData(instance));

    /// <summary>Opens the instance to read frames and bulk values of it.</summary>
    /// <exception cref="BlobMissingException">The index has it, the blob store has not.</exception>
    public BulkReader OpenBulkData(StoredInstance instance) => new(OpenPlain(instance));

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
}
