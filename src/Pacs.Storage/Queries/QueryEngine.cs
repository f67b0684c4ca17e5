using Pacs.Dicom.Datasets;

namespace Pacs.Storage.Queries;

/// <summary>The one query engine: C-FIND, QIDO-RS, and the selection of what to retrieve.</summary>
public sealed class QueryEngine
{
    /// <summary>
    /// Whether a key can be matched at the level: attributes of that level and of those above. C-FIND takes others out and
    /// says so (FF01); QIDO-RS refuses them (400).
    /// </summary>
    public static bool CanMatch(QueryLevel level, AttributePath path) => throw new NotImplementedException();

    /// <summary>
    /// Matches one by one, in a stable order, each a data set in UTF-8 with what was asked for and is known; an attribute that is
    /// asked for and unknown or empty is there with no value. Unique keys of the level and above are always there.
    /// </summary>
    /// <exception cref="QueryException">The query cannot be answered as asked.</exception>
    public IAsyncEnumerable<DicomDataset> RunAsync(QuerySpec query, CancellationToken cancellation) => throw new NotImplementedException();
}
