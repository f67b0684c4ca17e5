using Pacs.Dicom.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Storage.Retrieval;

/// <summary>The one way out: C-GET, C-MOVE, WADO-RS and forwarding.</summary>
public sealed class RetrievalService
{
    /// <summary>Instances by series and instance number.</summary>
    public IAsyncEnumerable<StoredInstance> SelectAsync(InstanceSelector selector, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Instances with their headers, in the order of <see cref="SelectAsync"/>: one database round trip for many.</summary>
    public IAsyncEnumerable<(StoredInstance Instance, DicomDataset Header)> ReadHeadersAsync(InstanceSelector selector, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Changes whenever what <see cref="ReadHeadersAsync"/> gives changes, and is cheap to ask for: what an ETag is made of. Null when there is nothing.</summary>
    public Task<string?> GetVersionAsync(InstanceSelector selector, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Whether something that the selector names was here once and was deleted (410).</summary>
    public Task<bool> WasDeletedAsync(InstanceSelector selector, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The header: everything but bulk data, whose place is told by <see cref="BulkElement"/>s.</summary>
    public Task<DicomDataset> ReadHeaderAsync(StoredInstance instance, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The Part 10 file as stored: its length and positioned reads.</summary>
    /// <exception cref="BlobMissingException">The index has it, the blob store has not.</exception>
    public BlobReader OpenBlob(StoredInstance instance) => throw new NotImplementedException();

    /// <summary>The data set, from its first byte, in the wanted transfer syntax; streamed.</summary>
    /// <exception cref="NotSupportedException">Pixels would have to be decoded: <see cref="CanServe"/> tells before.</exception>
    public Stream OpenDataset(StoredInstance instance, TransferSyntax wanted) => throw new NotImplementedException();

    /// <summary>Whether <see cref="OpenDataset"/> can: the same syntax, or both native.</summary>
    public bool CanServe(StoredInstance instance, TransferSyntax wanted) => throw new NotImplementedException();

    /// <summary>Where the frame (from 1) is in the blob; null when there is no such frame.</summary>
    public Task<FrameLocation?> FindFrameAsync(StoredInstance instance, int frame, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Where the value of a bulk element is, named as in <see cref="Pacs.Dicom.Json.BulkPath"/>; null when there is none.</summary>
    public Task<FrameLocation?> FindBulkDataAsync(StoredInstance instance, string bulkPath, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>
    /// The bytes of a frame or bulk value, little endian; <see cref="FrameLocation.Length"/> of them. Positioned reads,
    /// except for a deflated data set, which is inflated up to there.
    /// </summary>
    public Stream OpenBulkData(StoredInstance instance, FrameLocation location) => throw new NotImplementedException();
}
