namespace Pacs.Storage.Model;

/// <summary>A data set that another of the same SOP Instance UID took the place of; its blob is kept.</summary>
public sealed class InstanceVersion
{
    public long Id { get; set; }
    public string SopInstanceUid { get; set; } = "";
    public string StudyInstanceUid { get; set; } = "";
    public string SeriesInstanceUid { get; set; } = "";
    public string TransferSyntaxUid { get; set; } = "";
    public string BlobKey { get; set; } = "";
    public long BlobLength { get; set; }
    public int DatasetOffset { get; set; }
    public int DatasetCrc { get; set; }
    public DateTimeOffset ReceivedAt { get; set; }
    public DateTimeOffset ReplacedAt { get; set; }
}
