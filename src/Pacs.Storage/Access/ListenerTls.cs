namespace Pacs.Storage.Access;

/// <summary>How a listener is secured (PS3.15 Annex B; TLS 1.2 and 1.3), with the certificate of <c>Pacs:Dimse:Tls</c>.</summary>
public enum ListenerTls
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>TLS; callers are not asked for a certificate.</summary>
    Server,
    /// <summary>TLS; a certificate that a caller shows has to be good.</summary>
    OptionalClientCertificate,
    /// <summary>TLS; callers without a good certificate get no connection.</summary>
    RequiredClientCertificate,
}
