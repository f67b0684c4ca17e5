using Pacs.Dicom.Datasets;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>Another archive, asked as <see cref="QueryEngine"/> asks this one: over DIMSE, or over DICOMweb.</summary>
public interface IRemoteArchive
{
    /// <summary>
    /// Matches as they come, each a data set in UTF-8 of what the other archive tells. Unique keys of the levels above need not be
    /// given. Ends early at <see cref="QuerySpec.Limit"/>, or when the enumeration is left; the other side is then told to cancel.
    /// </summary>
    /// <exception cref="RemoteArchiveException">It cannot be reached, says no, or breaks off.</exception>
    /// <exception cref="OperationCanceledException">Cancelled here.</exception>
    IAsyncEnumerable<DicomDataset> FindAsync(QuerySpec query, CancellationToken cancellation);
}
