namespace Pacs.Dicom.UpperLayer;

/// <summary>Events of the upper layer (PS3.8 Table 9-10, first column), numbered as there.</summary>
public enum AssociationEvent
{
    /// <summary>Evt1: A-ASSOCIATE request (local user).</summary>
    AssociateRequest = 1,
    /// <summary>Evt2: the connection is open.</summary>
    ConnectConfirmation,
    /// <summary>Evt3: A-ASSOCIATE-AC received.</summary>
    AssociateAcReceived,
    /// <summary>Evt4: A-ASSOCIATE-RJ received.</summary>
    AssociateRjReceived,
    /// <summary>Evt5: a connection came in.</summary>
    ConnectIndication,
    /// <summary>Evt6: A-ASSOCIATE-RQ received.</summary>
    AssociateRqReceived,
    /// <summary>Evt7: A-ASSOCIATE response, accept (local user).</summary>
    AssociateAccept,
    /// <summary>Evt8: A-ASSOCIATE response, reject (local user).</summary>
    AssociateReject,
    /// <summary>Evt9: P-DATA request (local user).</summary>
    DataRequest,
    /// <summary>Evt10: P-DATA-TF received.</summary>
    DataReceived,
    /// <summary>Evt11: A-RELEASE request (local user).</summary>
    ReleaseRequest,
    /// <summary>Evt12: A-RELEASE-RQ received.</summary>
    ReleaseRqReceived,
    /// <summary>Evt13: A-RELEASE-RP received.</summary>
    ReleaseRpReceived,
    /// <summary>Evt14: A-RELEASE response (local user).</summary>
    ReleaseResponse,
    /// <summary>Evt15: A-ABORT request (local user).</summary>
    AbortRequest,
    /// <summary>Evt16: A-ABORT received.</summary>
    AbortReceived,
    /// <summary>Evt17: the connection closed.</summary>
    ConnectionClosed,
    /// <summary>Evt18: the ARTIM timer expired.</summary>
    ArtimExpired,
    /// <summary>Evt19: an unrecognised or invalid PDU received.</summary>
    InvalidPduReceived,
}
