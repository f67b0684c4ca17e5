namespace Pacs.Storage.Peers;

/// <summary>How objects are fetched from a peer over DIMSE.</summary>
public enum RetrieveMethod
{
    /// <summary>C-MOVE; C-GET where the peer refuses that: it has no C-MOVE, or does not know this archive as a destination (A801).</summary>
    Any,
    /// <summary>C-MOVE to this archive: the peer has to know its AE title, host and port.</summary>
    Move,
    /// <summary>C-GET over the association that asks: nothing has to be set up at the peer.</summary>
    Get,
}
