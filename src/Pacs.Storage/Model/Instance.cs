namespace Pacs.Storage.Model;

/// <summary>A stored SOP instance: what queries ask, where its bytes are, and its header.</summary>
public sealed class Instance
{
    public long Id { get; set; }
    public long SeriesKey { get; set; }
    public string SopInstanceUid { get; set; } = "";
    public string SopClassUid { get; set; } = "";

    /// <summary>As stored.</summary>
    public string TransferSyntaxUid { get; set; } = "";

    public long? InstanceNumber { get; set; }
    public int? Rows { get; set; }
    public int? Columns { get; set; }
    public int? BitsAllocated { get; set; }

    /// <summary>Null when the data set does not say: 1 then.</summary>
    public int? NumberOfFrames { get; set; }

    /// <summary>YYYYMMDD, or empty.</summary>
    public string ContentDate { get; set; } = "";

    /// <summary>HHMMSS.ffffff, or empty.</summary>
    public string ContentTime { get; set; } = "";

    public string BlobKey { get; set; } = "";

    /// <summary>Bytes of the Part 10 file.</summary>
    public long BlobLength { get; set; }

    /// <summary>Bytes before the data set. The data set ends where the file ends.</summary>
    public int DatasetOffset { get; set; }

    /// <summary>CRC-32C of the data set's bytes as stored.</summary>
    public int DatasetCrc { get; set; }

    /// <summary>The transfer syntax, or Lossy Image Compression (0028,2110), says that information was lost.</summary>
    public bool IsLossy { get; set; }

    /// <summary>
    /// Where pixel data begins, in bytes from the start of the encoded data set – of the inflated one, if it is stored
    /// deflated. Encapsulated: its first item. Null without (Float, Double Float) Pixel Data.
    /// </summary>
    public long? PixelOffset { get; set; }

    /// <summary>Bytes of the pixel data's value; encapsulated: with its sequence delimitation item.</summary>
    public long? PixelLength { get; set; }

    /// <summary>Encoded <see cref="Pacs.Dicom.Datasets.FrameTable"/>; null without pixel data.</summary>
    public byte[]? FrameTable { get; set; }

    /// <summary>Compact header: everything but bulk data, text as received. Null when it is longer than the limit: read the blob.</summary>
    public byte[]? Header { get; set; }

    public string Protocol { get; set; } = "";
    public string CallingAeTitle { get; set; } = "";

    /// <summary>As what the archive was called; empty when it did not come over an association.</summary>
    public string CalledAeTitle { get; set; } = "";
    public string RemoteAddress { get; set; } = "";
    public DateTimeOffset ReceivedAt { get; set; }
}
