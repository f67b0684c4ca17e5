using Pacs.Storage.Security;

namespace Pacs.Storage.Peers;

/// <summary>
/// Secrets of a peer that is changed: REST shows none, so that who changes something else leaves them out. They stay, but
/// only where they go to the same server as before: else whoever may change a peer could have them sent to himself.
/// </summary>
public static class WebSecrets
{
    /// <summary>The settings with the former secrets in place of those that are left out.</summary>
    public static PeerWeb Keep(PeerWeb web, PeerWeb? former) => web with
    {
        Authentication = web.Authentication is { } authentication
            ? authentication with { Secret = Keep(authentication.Secret, former?.Authentication?.Secret, former is not null && Target(web) == Target(former)) } : null,
        Tls = web.Tls is { } tls
            ? tls with { CertificatePassword = Keep(tls.CertificatePassword, former?.Tls?.CertificatePassword, tls.CertificateFile == former?.Tls?.CertificateFile && tls.CertificateKeyFile == former?.Tls?.CertificateKeyFile) } : null,
        Proxy = web.Proxy is { } proxy
            ? proxy with { Password = Keep(proxy.Password, former?.Proxy?.Password, proxy.Url == former?.Proxy?.Url && proxy.User == former?.Proxy?.User) } : null,
    };

    private static Secret? Keep(Secret? given, Secret? former, bool isSameServer) =>
        given is { IsMask: false } ? given : isSameServer ? former : null;

    /// <summary>Who gets the secret, and as what.</summary>
    private static (WebAuthenticationKind?, string?, string?, string?) Target(PeerWeb web) => web.Authentication is not { } a ? default
        : a.Kind == WebAuthenticationKind.ClientCredentials ? (a.Kind, Origin(a.TokenUrl), a.ClientId, null)
        : (a.Kind, Origin(web.Url), a.User, a.Header?.ToLowerInvariant());

    private static string? Origin(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Authority) : null;
}
