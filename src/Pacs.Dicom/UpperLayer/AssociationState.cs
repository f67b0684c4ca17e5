namespace Pacs.Dicom.UpperLayer;

/// <summary>States of the upper layer (PS3.8 Tables 9-1 to 9-5), numbered as there.</summary>
public enum AssociationState
{
    /// <summary>Sta1: no association.</summary>
    Idle = 1,
    /// <summary>Sta2: connection open, awaiting A-ASSOCIATE-RQ.</summary>
    AwaitingAssociateRq,
    /// <summary>Sta3: awaiting the local response to an association request.</summary>
    AwaitingLocalAssociateResponse,
    /// <summary>Sta4: awaiting the connection to open.</summary>
    AwaitingConnection,
    /// <summary>Sta5: awaiting A-ASSOCIATE-AC or -RJ.</summary>
    AwaitingAssociateResponse,
    /// <summary>Sta6: established, ready for data transfer.</summary>
    Established,
    /// <summary>Sta7: awaiting A-RELEASE-RP.</summary>
    AwaitingReleaseRp,
    /// <summary>Sta8: awaiting the local response to a release request.</summary>
    AwaitingLocalReleaseResponse,
    /// <summary>Sta9: release collision, requestor side; awaiting the local release response.</summary>
    CollisionRequestorAwaitingLocal,
    /// <summary>Sta10: release collision, acceptor side; awaiting A-RELEASE-RP.</summary>
    CollisionAcceptorAwaitingRp,
    /// <summary>Sta11: release collision, requestor side; awaiting A-RELEASE-RP.</summary>
    CollisionRequestorAwaitingRp,
    /// <summary>Sta12: release collision, acceptor side; awaiting the local release response.</summary>
    CollisionAcceptorAwaitingLocal,
    /// <summary>Sta13: awaiting the connection to close.</summary>
    AwaitingClose,
}
