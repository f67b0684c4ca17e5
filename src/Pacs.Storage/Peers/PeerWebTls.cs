using System.Text.Json.Serialization;
using Pacs.Storage.Security;

namespace Pacs.Storage.Peers;

/// <summary>TLS of calls to a DICOMweb server. Files are those of the machine that calls, and read again when they have changed.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PeerWebTls
{
    /// <summary>PEM file with the authorities that the server's certificate has to come from. Default those that this machine trusts.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The server's certificate is accepted whoever signed it. For tests: it protects against nobody in between. Default false.</summary>
    public bool AcceptAnyCertificate { get; init; }

    /// <summary>PEM or PFX file of the certificate that is shown to the server (mutual TLS). Default none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its private key, when it is not in <see cref="CertificateFile"/>.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>Password of the private key. Left out where the peer is known: the one that is kept, for the same file.</summary>
    public Secret? CertificatePassword { get; init; }
}
