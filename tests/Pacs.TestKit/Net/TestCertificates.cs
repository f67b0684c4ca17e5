using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pacs.TestKit.Net;

/// <summary>
/// A certificate authority for one test, made when it is asked for, with a certificate for a server on this machine and one
/// for a client: as .NET options, and as PEM files for DCMTK.
/// </summary>
public sealed class TestCertificates : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestCertificates(string authority = "Test Authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={authority}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        AuthorityFile = Write("ca.pem", Authority.ExportCertificatePem());
        (Server, ServerFile, ServerKeyFile) = Make("server", "localhost");
        (Client, ClientFile, ClientKeyFile) = Make("client", "modality");
    }

    public X509Certificate2 Authority { get; }

    /// <summary>For localhost and 127.0.0.1, with its key.</summary>
    public X509Certificate2 Server { get; }

    /// <summary>CN=modality, with its key.</summary>
    public X509Certificate2 Client { get; }

    public string AuthorityFile { get; }
    public string ServerFile { get; }
    public string ServerKeyFile { get; }
    public string ClientFile { get; }
    public string ClientKeyFile { get; }

    /// <summary>DCMTK's options for a client that shows the client certificate and trusts this authority.</summary>
    public IReadOnlyList<string> DcmtkClient => ["+tls", ClientKeyFile, ClientFile, "-pw", "+cf", AuthorityFile];

    /// <summary>DCMTK's options for a server that shows the server certificate and wants one of this authority.</summary>
    public IReadOnlyList<string> DcmtkServer => ["+tls", ServerKeyFile, ServerFile, "-pw", "+cf", AuthorityFile];

    /// <summary>A server that wants a client certificate of this authority, or none at all.</summary>
    public SslServerAuthenticationOptions ServerOptions(bool isClientCertificateRequired = true) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(Server, null, offline: true),
        ClientCertificateRequired = isClientCertificateRequired,
        CertificateChainPolicy = Trust(),
    };

    /// <summary>A client that trusts this authority.</summary>
    public SslClientAuthenticationOptions ClientOptions(bool hasCertificate = true) => new()
    {
        TargetHost = "localhost",
        ClientCertificateContext = hasCertificate ? SslStreamCertificateContext.Create(Client, null, offline: true) : null,
        CertificateChainPolicy = Trust(),
    };

    /// <summary>Another certificate of this authority, with files for its certificate and its key.</summary>
    public (X509Certificate2 Certificate, string File, string KeyFile) Make(string name, string commonName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(commonName);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(Authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(20), RandomNumberGenerator.GetBytes(8));
        return (issued.CopyWithPrivateKey(key), Write($"{name}.pem", issued.ExportCertificatePem()), Write($"{name}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose()
    {
        Authority.Dispose();
        Server.Dispose();
        Client.Dispose();
        _folder.Dispose();
    }

    private X509ChainPolicy Trust() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { Authority },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private string Write(string name, string content)
    {
        var path = _folder.File(name);
        File.WriteAllText(path, content + "\n");
        return path;
    }
}
