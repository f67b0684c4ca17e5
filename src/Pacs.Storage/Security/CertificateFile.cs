using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Security;

/// <summary>A certificate of ours with its private key and those between it and its root, from PEM or PFX files that may be renewed at any time.</summary>
public sealed class CertificateFile
{
    private readonly string? _password;
    private readonly WatchedFiles<SslStreamCertificateContext> _files;

    /// <param name="file">PEM or PFX.</param>
    /// <param name="keyFile">PEM of the private key, when it is not in <paramref name="file"/>.</param>
    /// <param name="password">Of the private key; null for none.</param>
    /// <param name="logger">Told of new files, and of those that cannot be used.</param>
    public CertificateFile(string file, string? keyFile, string? password, ILogger logger)
    {
        _password = password;
        _files = new(keyFile is null ? [file] : [file, keyFile], Read, logger);
    }

    /// <summary>The certificate as its files have it now; the last that could be used when they are broken.</summary>
    /// <exception cref="IOException">They cannot be read, and never could.</exception>
    /// <exception cref="CryptographicException">They are no certificate with its key, and never were.</exception>
    public SslStreamCertificateContext Current() => _files.Current();

    private SslStreamCertificateContext Read(IReadOnlyList<byte[]> contents)
    {
        try
        {
            return Load(contents);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("The private key is not that of the certificate.", e);
        }
    }

    private SslStreamCertificateContext Load(IReadOnlyList<byte[]> contents)
    {
        var chain = new X509Certificate2Collection();
        X509Certificate2 certificate;
        if (contents[0].AsSpan().IndexOf("-----BEGIN"u8) >= 0)
        {
            var (text, key) = (Encoding.UTF8.GetString(contents[0]), Encoding.UTF8.GetString(contents[^1]));
            certificate = _password is null ? X509Certificate2.CreateFromPem(text, key) : X509Certificate2.CreateFromEncryptedPem(text, key, _password);
            chain.ImportFromPem(text);
        }
        else
        {
            chain = X509CertificateLoader.LoadPkcs12Collection(contents[0], _password);
            certificate = chain.FirstOrDefault(c => c.HasPrivateKey) ?? throw new CryptographicException("It holds no private key.");
        }
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}
