using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries;

/// <summary>A query that cannot be answered as asked.</summary>
public sealed class QueryException(QueryError error, string message, Tag? offendingElement = null) : Exception(message)
{
    public QueryError Error { get; } = error;
    public Tag? OffendingElement { get; } = offendingElement;
}
