using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Storage.Ingest;

/// <summary>What is known of an object before its first byte.</summary>
public sealed record IngestRequest(TransferSyntax TransferSyntax, IngestSource Source)
{
    /// <summary>Affected SOP Class UID of the C-STORE: the data set has to agree.</summary>
    public string? SopClassUid { get; init; }

    /// <summary>Affected SOP Instance UID of the C-STORE: the data set has to agree.</summary>
    public string? SopInstanceUid { get; init; }

    /// <summary>STOW-RS to /studies/{uid}: the data set has to agree.</summary>
    public string? StudyInstanceUid { get; init; }

    public IngestRules Rules { get; init; } = IngestRules.Default;

    /// <summary>Bytes of the file before the data set: what is wrong is told by its place in the file.</summary>
    internal int DatasetOffset { get; init; }

    /// <summary>Of the file that is read: a guess at what the data set will say.</summary>
    internal FileMetaInformation? FileMeta { get; init; }
}
