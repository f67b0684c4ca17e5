using System.Text.Json.Serialization;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Access;

/// <summary>A port on which associations are accepted. What is left out (null) is as <c>Pacs:Dimse</c> has it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record Listener
{
    /// <summary>The listener of the configuration: <c>Pacs:Dimse:Port</c>.</summary>
    public const string Default = "default";

    /// <summary>1 to 64 letters, digits, hyphens and underscores.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>TCP port, 1 to 65535.</summary>
    public int Port { get; init; }

    /// <summary>IP address to listen on, <c>*</c> for all. Default <c>*</c>.</summary>
    public string BindAddress { get; init => field = value ?? "*"; } = "*";

    /// <summary>Called AE titles answered to; others are rejected (1/1/7). Empty for any, the default: so that callers may address what they like, for rules to route by.</summary>
    public IReadOnlyList<string> AeTitles { get; init => field = value ?? []; } = [];

    /// <summary>Default <see cref="ListenerTls.None"/>.</summary>
    public ListenerTls Tls { get; init; }

    /// <summary>Only known peers may associate, and callers that an access rule allows.</summary>
    public bool? KnownPeersOnly { get; init; }

    /// <summary>Associations at a time; more are rejected (2/3/2). 0 for no limit.</summary>
    public int? MaxAssociations { get; init; }

    /// <summary>Bytes of the largest PDU taken, 4,096 to 1,048,576.</summary>
    public int? MaxReceivePduLength { get; init; }

    /// <summary>Bytes of the largest PDU sent, 4,096 to 1,048,576.</summary>
    public int? MaxSendPduLength { get; init; }

    /// <summary>Seconds for A-ASSOCIATE-RQ to come, and for the end of a connection (ARTIM).</summary>
    public int? AssociateTimeoutSeconds { get; init; }

    /// <summary>Seconds without any byte within a message.</summary>
    public int? NetworkTimeoutSeconds { get; init; }

    /// <summary>Seconds that an association may idle between messages.</summary>
    public int? IdleTimeoutSeconds { get; init; }

    /// <summary>Seconds for the peer's answer to a request of ours.</summary>
    public int? ResponseTimeoutSeconds { get; init; }

    /// <summary>For what comes in here.</summary>
    public AssociationRules Rules { get; init => field = value ?? new(); } = new();

    /// <summary>The listener of the configuration.</summary>
    public static Listener Of(DimseOptions options) => new()
    {
        Name = Default,
        Port = options.Port,
        BindAddress = options.BindAddress,
        AeTitles = options.CheckCalledAeTitle ? [options.AeTitle] : [],
        Tls = options.Tls.Mode,
    };
}
