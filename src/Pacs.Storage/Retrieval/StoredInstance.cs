using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Storage.Retrieval;

/// <summary>An instance in the index: what is needed to serve it without another look-up.</summary>
public sealed record StoredInstance
{
    public required long Id { get; init; }
    public required string StudyInstanceUid { get; init; }
    public required string SeriesInstanceUid { get; init; }
    public required string SopInstanceUid { get; init; }
    public required string SopClassUid { get; init; }
    public required TransferSyntax TransferSyntax { get; init; }

    /// <summary>Names the Part 10 file in the blob store; another whenever the object is replaced.</summary>
    public required string BlobKey { get; init; }

    /// <summary>Bytes of the Part 10 file.</summary>
    public required long BlobLength { get; init; }

    /// <summary>Bytes before the data set: preamble and file meta.</summary>
    public required int DatasetOffset { get; init; }

    /// <summary>The file is at an archive behind this one: reading it fetches it.</summary>
    public bool IsRemote { get; init; }

    public int NumberOfFrames { get; init; } = 1;

    /// <summary>Encoded <see cref="Pacs.Dicom.Datasets.FrameTable"/>; null without pixel data.</summary>
    internal byte[]? FrameTable { get; init; }
}
