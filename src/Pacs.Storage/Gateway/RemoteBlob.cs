using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Storage.Gateway;

/// <summary>A file that is at an archive only: what it was.</summary>
internal sealed record RemoteBlob
{
    public required string BlobKey { get; init; }
    public required string StudyInstanceUid { get; init; }
    public required string SeriesInstanceUid { get; init; }
    public required string SopInstanceUid { get; init; }
    public required TransferSyntax TransferSyntax { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Length { get; init; }

    /// <summary>CRC-32C of its data set.</summary>
    public required int DatasetCrc { get; init; }

    /// <summary>Its bytes before the data set.</summary>
    public required byte[] FileHeader { get; init; }

    /// <summary>AE titles of the archives that have it, verified.</summary>
    public required IReadOnlyList<string> Peers { get; init; }
}
