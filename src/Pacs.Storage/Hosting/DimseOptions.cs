using Pacs.Storage.Access;

namespace Pacs.Storage.Hosting;

/// <summary>The DICOM listener.</summary>
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

    /// <summary>Associations at a time; more are rejected (2/3/2). Default 100.</summary>
    public int MaxAssociations { get; init; } = 100;

    /// <summary>Bytes of the largest PDU taken, told to the peer. Default 131072.</summary>
    public int MaxPduLength { get; init; } = 128 * 1024;

    /// <summary>Seconds for A-ASSOCIATE-RQ to come after the connection (ARTIM). Default 30.</summary>
    public int AssociateTimeoutSeconds { get; init; } = 30;

    /// <summary>Seconds without any byte in the midst of a message, or that the peer takes nothing. Default 60.</summary>
    public int NetworkTimeoutSeconds { get; init; } = 60;

    /// <summary>Seconds that an association may idle between messages. Default 600.</summary>
    public int IdleTimeoutSeconds { get; init; } = 600;

    /// <summary>Seconds for a connection to a peer. Default 10.</summary>
    public int ConnectTimeoutSeconds { get; init; } = 10;

    /// <summary>What callers may do, and how what they send is treated, where neither listener nor access rule nor peer says otherwise.</summary>
    public AssociationRules Rules { get; init; } = new();
}
