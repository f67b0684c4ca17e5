using Pacs.TestKit.Net;

namespace Pacs.TestKit.Clients;

/// <summary>How to start a <see cref="ScriptedDicomWeb"/>.</summary>
public sealed record ScriptedDicomWebOptions
{
    /// <summary>HTTPS with the server certificate of this authority, HTTP/1.1 and HTTP/2 by ALPN. Plain HTTP/1.1 unless given.</summary>
    public TestCertificates? Certificates { get; init; }

    /// <summary>Only clients with a certificate of that authority get in.</summary>
    public bool WantsClientCertificate { get; init; }

    /// <summary>The client whose credentials <c>/token</c> takes; DICOMweb then wants a token that it gave. None unless given.</summary>
    public (string Id, string Secret)? TokenClient { get; init; }

    /// <summary>How long a token is good for, in seconds.</summary>
    public int TokenSeconds { get; init; } = 3600;
}
