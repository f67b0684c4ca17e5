namespace Pacs.Dicom.Messages;

/// <summary>What a fragment completed.</summary>
public enum MessagePart
{
    /// <summary>Part of a command set; more is to come.</summary>
    Incomplete,
    /// <summary>A command set is complete.</summary>
    Command,
    /// <summary>Bytes of the data set; more are to come.</summary>
    Dataset,
    /// <summary>The last bytes of the data set, maybe none.</summary>
    DatasetEnd,
}
