namespace Pacs.Storage.Hosting;

/// <summary>Versions of TLS that BCP 195 lets one speak.</summary>
public enum TlsVersion
{
    Tls12,
    Tls13,
}
