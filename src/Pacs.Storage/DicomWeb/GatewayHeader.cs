namespace Pacs.Storage.DicomWeb;

/// <summary>What a gateway says of its requests to the archive behind it, so that two of these servers that stand behind each other neither ask in a circle nor give up the same file. Other archives do not know it.</summary>
public static class GatewayHeader
{
    public const string Name = "X-Pacs-Gateway";

    /// <summary>Asks for somebody else: the archive answers with what it has itself, and asks none behind it.</summary>
    public const string Through = "through";

    /// <summary>About to give up files in trust of the archive: one that gives up its own refuses with 508.</summary>
    public const string Custody = "custody";
}
