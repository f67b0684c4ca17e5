using Pacs.Dicom.Datasets;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Blobs;

namespace Pacs.Storage.Retrieval;

/// <summary>Reads headers: kept in the index, or, when too long for it, from the blob.</summary>
internal sealed class HeaderReader(IBlobStore blobs)
{
    /// <summary>What was taken in has to be readable, however long its sequences are.</summary>
    private static readonly DatasetLimits Limits = new() { MaxInlineTotal = 1L << 30 };

    /// <exception cref="BlobMissingException">It is not in the index, and the blob cannot be read.</exception>
    public DicomDataset Read(byte[]? header, string blobKey, string transferSyntaxUid, int datasetOffset)
    {
        if (header is not null) return CompactHeader.Decode(header);
        var blob = new BlobReader(blobs, blobKey);
        using var dataset = new BlobStream(blob, datasetOffset, blob.Length - datasetOffset);
        return DatasetReader.Read(dataset, TransferSyntaxRegistry.GetOrAssume(transferSyntaxUid), Limits);
    }
}
