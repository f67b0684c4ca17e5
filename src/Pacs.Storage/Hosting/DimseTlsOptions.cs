using Pacs.Storage.Access;

namespace Pacs.Storage.Hosting;

/// <summary>TLS of DIMSE (PS3.15 Annex B), on listeners and on calls to peers. Files are read again when they have changed: the next connection uses the new ones.</summary>
[AtOnce]
public sealed record DimseTlsOptions
{
    /// <summary>Of the listener on <see cref="DimseOptions.Port"/>; others and peers have settings of their own. Default <see cref="ListenerTls.None"/>.</summary>
    public ListenerTls Mode { get; init; }

    /// <summary>PEM or PFX file of this archive's certificate, followed by those between it and its root. Default none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of the certificate's private key, when it is not in <see cref="CertificateFile"/>.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>Password of the certificate's private key.</summary>
    [Secret]
    public string? CertificatePassword { get; init; }

    /// <summary>PEM files of the authorities that callers' and peers' certificates have to come from, with semicolons between. Default those that this machine trusts, for peers; callers are asked for a certificate only where there are some.</summary>
    public string? AuthorityFiles { get; init; }

    /// <summary>Oldest version spoken. Default <see cref="TlsVersion.Tls12"/>.</summary>
    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;
}
