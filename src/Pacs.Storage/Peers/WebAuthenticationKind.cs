namespace Pacs.Storage.Peers;

/// <summary>How a DICOMweb server knows who asks.</summary>
public enum WebAuthenticationKind
{
    /// <summary>A bearer token that is got with a client's credentials (OAuth 2.0, RFC 6749 §4.4), and got anew before it ends.</summary>
    ClientCredentials,
    /// <summary>A header that holds a key.</summary>
    ApiKey,
    /// <summary>User and password (RFC 7617).</summary>
    Basic,
}
