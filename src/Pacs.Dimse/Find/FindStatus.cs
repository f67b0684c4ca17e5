using Pacs.Dicom.Messages;
using Pacs.Storage.Queries;

namespace Pacs.Dimse.Find;

/// <summary>How a query that cannot be answered is told to the requester: PS3.4 Table C.4-1.</summary>
internal static class FindStatus
{
    public static DimseStatus Of(QueryError error) => error switch
    {
        QueryError.InvalidValue or QueryError.UnsupportedKey => DimseStatus.DatasetDoesNotMatchSopClass,
        QueryError.TooBroad => DimseStatus.OutOfResources,
        _ => DimseStatus.UnableToProcess,
    };
}
