namespace Pacs.Dicom.UpperLayer;

/// <summary>Actions of the upper layer (PS3.8 Tables 9-6 to 9-9), named as there.</summary>
public enum AssociationAction
{
    /// <summary>An empty cell: the event cannot happen in the state.</summary>
    None,
    /// <summary>AE-1: open the connection.</summary>
    AE1,
    /// <summary>AE-2: send A-ASSOCIATE-RQ.</summary>
    AE2,
    /// <summary>AE-3: confirm the association to the user.</summary>
    AE3,
    /// <summary>AE-4: tell the user of the rejection, close.</summary>
    AE4,
    /// <summary>AE-5: accept the connection, start ARTIM.</summary>
    AE5,
    /// <summary>AE-6: stop ARTIM; indicate the request to the user, or send A-ASSOCIATE-RJ and start ARTIM.</summary>
    AE6,
    /// <summary>AE-7: send A-ASSOCIATE-AC.</summary>
    AE7,
    /// <summary>AE-8: send A-ASSOCIATE-RJ, start ARTIM.</summary>
    AE8,
    /// <summary>DT-1: send P-DATA-TF.</summary>
    DT1,
    /// <summary>DT-2: indicate data to the user.</summary>
    DT2,
    /// <summary>AR-1: send A-RELEASE-RQ.</summary>
    AR1,
    /// <summary>AR-2: indicate the release to the user.</summary>
    AR2,
    /// <summary>AR-3: confirm the release to the user, close.</summary>
    AR3,
    /// <summary>AR-4: send A-RELEASE-RP, start ARTIM.</summary>
    AR4,
    /// <summary>AR-5: stop ARTIM.</summary>
    AR5,
    /// <summary>AR-6: indicate data to the user.</summary>
    AR6,
    /// <summary>AR-7: send P-DATA-TF.</summary>
    AR7,
    /// <summary>AR-8: indicate the release to the user: a collision.</summary>
    AR8,
    /// <summary>AR-9: send A-RELEASE-RP.</summary>
    AR9,
    /// <summary>AR-10: confirm the release to the user.</summary>
    AR10,
    /// <summary>AA-1: send A-ABORT (service user), start ARTIM.</summary>
    AA1,
    /// <summary>AA-2: stop ARTIM, close.</summary>
    AA2,
    /// <summary>AA-3: indicate the abort to the user, close.</summary>
    AA3,
    /// <summary>AA-4: indicate the loss of the connection to the user.</summary>
    AA4,
    /// <summary>AA-5: stop ARTIM.</summary>
    AA5,
    /// <summary>AA-6: ignore the PDU.</summary>
    AA6,
    /// <summary>AA-7: send A-ABORT.</summary>
    AA7,
    /// <summary>AA-8: send A-ABORT (service provider), indicate an abort to the user, start ARTIM.</summary>
    AA8,
}
