using Pacs.Storage.Access;

namespace Pacs.Storage.Hosting;

/// <summary>The DICOM listener.</summary>
[AtOnce]
public sealed record DimseOptions
{
    /// <summary>The AE title of this archive. Default <c>PACS</c>.</summary>
    public string AeTitle { get; init; } = "PACS";

    /// <summary>Refuse associations that call another title (A-ASSOCIATE-RJ 1/1/7). Default false.</summary>
    public bool CheckCalledAeTitle { get; init; }

    /// <summary>TCP port; 0 for any free one. Default 11112.</summary>
    public int Port { get; init; } = 11112;

    /// <summary>IP address to listen on, <c>*</c> for all. Default <c>*</c>: modalities are on the network.</summary>
    public string BindAddress { get; init; } = "*";

    /// <summary>Accept associations only of known peers, and of callers that an access rule allows (else 1/1/3). Default false: anyone who reaches the port.</summary>
    public bool KnownPeersOnly { get; init; }

    /// <summary>Associations at a time on one listener; more are rejected (2/3/2). 0 for no limit. Default 100.</summary>
    public int MaxAssociations { get; init; } = 100;

    /// <summary>Connections at a time on one listener that have not asked for an association yet; one more makes the oldest go. Default 100.</summary>
    public int MaxUnassociated { get; init; } = 100;

    /// <summary>Requests that a peer may have outstanding on one association when it negotiates that: 1 to 65535. Default 8.</summary>
    public int MaxOperations { get; init; } = 8;

    /// <summary>Bytes of the largest PDU taken, told to the peer: 4096 to 1048576. Default 131072.</summary>
    public int MaxReceivePduLength { get; init; } = 128 * 1024;

    /// <summary>Bytes of the largest PDU sent, even if the peer takes more: 4096 to 1048576. Default 131072.</summary>
    public int MaxSendPduLength { get; init; } = 128 * 1024;

    /// <summary>Seconds for A-ASSOCIATE-RQ to come after the connection, for a peer's answer to one, and for the end of a connection (ARTIM). Default 30.</summary>
    public int AssociateTimeoutSeconds { get; init; } = 30;

    /// <summary>Seconds without any byte in the midst of a message, or that the peer takes nothing. Default 60.</summary>
    public int NetworkTimeoutSeconds { get; init; } = 60;

    /// <summary>Seconds that an association may idle between messages. Default 600.</summary>
    public int IdleTimeoutSeconds { get; init; } = 600;

    /// <summary>Seconds for a peer's answer to a request. Default 300.</summary>
    public int ResponseTimeoutSeconds { get; init; } = 300;

    /// <summary>Seconds for a connection to a peer. Default 10.</summary>
    public int ConnectTimeoutSeconds { get; init; } = 10;

    /// <summary>Seconds between pending responses of a C-MOVE while one object is on its way, so that the requestor does not give up. Default 2.</summary>
    public int PendingIntervalSeconds { get; init; } = 2;

    /// <summary>What callers may do, and how what they send is treated, where neither listener nor access rule nor peer says otherwise.</summary>
    public AssociationRules Rules { get; init; } = new();

    public DimseTlsOptions Tls { get; init; } = new();
}
