using System.Buffers;
using Pacs.Storage.Peers;
using Pacs.Storage.Security;

namespace Pacs.Storage.Access;

/// <summary>What is wrong with a peer's DICOMweb settings: a sentence each, with the name of the member before it.</summary>
internal static class WebValidation
{
    private const int MaxText = 2048;

    /// <summary>RFC 9110 §5.6.2.</summary>
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static IEnumerable<string> Faults(PeerWeb web)
    {
        var isSecure = false;
        if (Parse(web.Url) is not { } url) yield return "Url: an absolute http or https URL without user, query and fragment.";
        else if (!(isSecure = IsSecure(url)) && web.Authentication is not null) yield return "Url: https, or the credentials would be there for all to read; http only for this machine.";
        foreach (var fault in web.Authentication is { } authentication ? Faults(authentication) : []) yield return $"Authentication:{fault}";
        foreach (var fault in web.Tls is { } tls ? Faults(tls) : []) yield return $"Tls:{fault}";
        foreach (var fault in web.Proxy is { } proxy ? Faults(proxy) : []) yield return $"Proxy:{fault}";
        foreach (var (name, seconds) in new[]
        {
            (nameof(web.ConnectTimeoutSeconds), web.ConnectTimeoutSeconds),
            (nameof(web.StallTimeoutSeconds), web.StallTimeoutSeconds),
            (nameof(web.ResponseTimeoutSeconds), web.ResponseTimeoutSeconds),
        })
        {
            if (seconds is < 1 or > AccessValidation.MaxSeconds) yield return $"{name}: from 1 to {AccessValidation.MaxSeconds}.";
        }
        if (web.MaxInstancesPerRequest is < 1 or > 10_000) yield return "MaxInstancesPerRequest: from 1 to 10000.";
        if (web.MaxBytesPerRequest is < 1) yield return "MaxBytesPerRequest: at least 1.";
        if (web.PageSize is < 1 or > 10_000) yield return "PageSize: from 1 to 10000.";
    }

    private static IEnumerable<string> Faults(WebAuthentication o)
    {
        if (!Enum.IsDefined(o.Kind)) yield return $"Kind: {string.Join(", ", Enum.GetNames<WebAuthenticationKind>())}.";
        if (!IsSecret(o.Secret)) yield return "Secret: up to 2048 characters, none of them a control character. It is kept when it is left out, but only while it goes to the same server.";
        switch (o.Kind)
        {
            case WebAuthenticationKind.ClientCredentials:
                if (Parse(o.TokenUrl) is not { } url || !IsSecure(url)) yield return "TokenUrl: an absolute https URL without user, query and fragment; http only for this machine.";
                if (!IsText(o.ClientId)) yield return "ClientId: the name that the token server knows this archive by.";
                if (o.Scope is not null && !IsText(o.Scope)) yield return "Scope: words with blanks between; left out for the server's default.";
                break;
            case WebAuthenticationKind.ApiKey:
                if (o.Header is { } header && (header.Length is 0 or > 100 || header.AsSpan().ContainsAnyExcept(TokenCharacters) || IsReserved(header))) yield return "Header: the name of a header that is free for this use; left out for X-Api-Key.";
                break;
            case WebAuthenticationKind.Basic:
                if (!IsText(o.User) || o.User!.Contains(':', StringComparison.Ordinal)) yield return "User: a name without a colon.";
                break;
        }
    }

    private static IEnumerable<string> Faults(PeerWebTls o)
    {
        foreach (var (name, file) in new[] { (nameof(o.AuthorityFile), o.AuthorityFile), (nameof(o.CertificateFile), o.CertificateFile), (nameof(o.CertificateKeyFile), o.CertificateKeyFile) })
        {
            // Whether it is there is known to the machine that calls.
            if (file is not null && !(IsText(file) && Path.IsPathFullyQualified(file))) yield return $"{name}: the full path of a file.";
        }
        if (o.CertificateKeyFile is not null && o.CertificateFile is null) yield return "CertificateFile: that of the key.";
        if (o.CertificatePassword is not null && (o.CertificateFile is null || !IsSecret(o.CertificatePassword))) yield return "CertificatePassword: that of CertificateFile.";
        if (o is { AcceptAnyCertificate: true, AuthorityFile: not null }) yield return "AcceptAnyCertificate: not with an AuthorityFile.";
    }

    private static IEnumerable<string> Faults(PeerWebProxy o)
    {
        if (Parse(o.Url) is not { PathAndQuery: "/" }) yield return "Url: http://host:port; user and password have members of their own.";
        if (o.User is not null && !(IsText(o.User) && IsSecret(o.Password))) yield return "Password: that of the user. It is kept when it is left out, but only for the same proxy.";
        if (o.User is null && o.Password is not null) yield return "User: that of the password.";
    }

    /// <summary>Nobody else reads what goes there.</summary>
    private static bool IsSecure(Uri url) => url.Scheme == Uri.UriSchemeHttps || url.IsLoopback;

    private static Uri? Parse(string? text) =>
        text is { Length: <= MaxText } && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        && url.UserInfo.Length + url.Query.Length + url.Fragment.Length == 0 && url.Host.Length > 0 ? url : null;

    private static bool IsText(string? text) => text is { Length: > 0 and <= MaxText } && !text.Any(char.IsControl);

    private static bool IsSecret(Secret? secret) => secret is { IsMask: false } && IsText(secret.Reveal());

    /// <summary>Headers that the client makes itself.</summary>
    private static bool IsReserved(string header) => header.ToLowerInvariant() is "host" or "content-length" or "content-type" or "transfer-encoding" or "connection" or "accept" or "expect" or "upgrade" or "te" or "trailer";
}
