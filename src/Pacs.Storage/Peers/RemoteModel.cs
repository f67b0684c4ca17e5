namespace Pacs.Storage.Peers;

/// <summary>The Query/Retrieve information model (PS3.4 §C.6) in which a peer is asked.</summary>
public enum RemoteModel
{
    /// <summary>What the peer accepts; Study Root if it accepts both, but for patients.</summary>
    Any,
    PatientRoot,
    StudyRoot,
}
