using System.Text.Json.Serialization;

namespace Pacs.Storage.Peers;

/// <summary>A peer as a DICOMweb server (PS3.18): what is sent to it, asked of it and fetched from it goes by STOW-RS, QIDO-RS and WADO-RS.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerWeb
{
    /// <summary>Below which <c>studies</c> lies: <c>https://archive.example.org/dicomweb</c>. Plain http is taken where no credentials go with it, and for this machine.</summary>
    public string Url { get; init => field = value?.TrimEnd('/') ?? ""; } = "";

    /// <summary>By what it knows this archive, besides a client certificate (<see cref="Tls"/>). Null for nothing, the default.</summary>
    public WebAuthentication? Authentication { get; init; }

    /// <summary>How https is secured. Null for the authorities that this machine trusts and no client certificate, the default.</summary>
    public PeerWebTls? Tls { get; init; }

    /// <summary>Through which requests go, those for tokens too. Null for none, the default; that of the environment is not asked.</summary>
    public PeerWebProxy? Proxy { get; init; }

    /// <summary>HTTP/2 is offered over https, and HTTP/1.1 spoken where the server does not take it. Default true.</summary>
    public bool Http2 { get; init; } = true;

    /// <summary>Seconds for a connection to be there, TLS included. Default 10.</summary>
    public int ConnectTimeoutSeconds { get; init; } = 10;

    /// <summary>Seconds in which 16 KiB have to go or come, or whatever is left of them. Default 60.</summary>
    public int StallTimeoutSeconds { get; init; } = 60;

    /// <summary>Seconds from the end of a request to the beginning of its answer: the server stores or looks meanwhile. Default 300.</summary>
    public int ResponseTimeoutSeconds { get; init; } = 300;

    /// <summary>Objects in one STOW-RS request, at most. Default 100.</summary>
    public int MaxInstancesPerRequest { get; init; } = 100;

    /// <summary>Bytes in one STOW-RS request, unless one object alone is larger. Default 256 MiB.</summary>
    public long MaxBytesPerRequest { get; init; } = 256L << 20;

    /// <summary>Matches asked for at a time when there may be many. Default 500.</summary>
    public int PageSize { get; init; } = 500;
}
