using System.IO.Pipelines;
using Pacs.Api.Zip;
using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>An instance ready to be sent as a Part 10 file: the stored one, or a header and a data set that is re-encoded on the way.</summary>
internal sealed class OpenInstance : IDisposable
{
    private readonly BlobReader? _blob;
    private readonly byte[] _header = [];
    private readonly Stream? _dataset;

    /// <exception cref="BlobMissingException">The file is not there, or not as long as it was.</exception>
    public OpenInstance(RetrievalService retrieval, StoredInstance instance, TransferSyntax syntax)
    {
        if (!IsAsStored(instance, syntax))
        {
            _header = new FileMetaInformation { MediaStorageSopClassUid = instance.SopClassUid, MediaStorageSopInstanceUid = instance.SopInstanceUid, TransferSyntax = syntax }.ToPart10Header();
            _dataset = retrieval.OpenDataset(instance, syntax);
            return;
        }
        _blob = retrieval.OpenBlob(instance);
        Length = _blob.Length;
        if (Length == instance.BlobLength) return;
        _blob.Dispose();
        throw new BlobMissingException(instance.BlobKey);
    }

    /// <summary>Bytes; null when only sending tells.</summary>
    public long? Length { get; }

    public static bool IsAsStored(StoredInstance instance, TransferSyntax syntax) => instance.TransferSyntax == syntax;

    /// <summary>Sends all of it.</summary>
    public async Task WriteAsync(PipeWriter body, Crc32? checksum, CancellationToken cancellation)
    {
        if (_blob is not null)
        {
            await body.WriteBlobAsync(_blob, 0, _blob.Length, checksum, cancellation);
            return;
        }
        checksum?.Append(_header);
        await body.WriteAsync(_header, cancellation);
        await body.WriteStreamAsync(_dataset!, long.MaxValue, checksum, cancellation);
    }

    /// <summary>Sends a part of the stored file.</summary>
    public Task WriteAsync(PipeWriter body, ByteRange range, CancellationToken cancellation) =>
        body.WriteBlobAsync(_blob ?? throw new InvalidOperationException("What is re-encoded has no places."), range.From, range.Count, checksum: null, cancellation);

    public void Dispose()
    {
        _blob?.Dispose();
        _dataset?.Dispose();
    }
}
