using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Pacs.Storage.Peers;

namespace Pacs.Storage.DicomWeb;

/// <summary>
/// The connections to one DICOMweb server, with settings as they were when it was made: sends a request with credentials, and says
/// what went wrong in a <see cref="DicomWebException"/>. Nothing of requests is logged or traced: their queries name patients.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "It is let go while requests go on over it; its idle connections close by themselves.")]
internal sealed class WebChannel
{
    private const int MaxRedirects = 3;
    private const string DefaultKeyHeader = "X-Api-Key";

    private static readonly ProductInfoHeaderValue Product = new("Pacs", typeof(WebChannel).Assembly.GetName().Version?.ToString(3));

    private readonly HttpMessageInvoker _http;
    private readonly BearerTokens? _tokens;
    private readonly TimeProvider _time;
    private readonly DicomWebMetrics _metrics;

    /// <param name="web">Where and how.</param>
    /// <param name="certificate">Ours; null for none.</param>
    /// <param name="authorities">Those that the server's certificate has to come from; null for those of the machine.</param>
    /// <param name="time">Tells when tokens end.</param>
    /// <param name="metrics">Counts requests.</param>
    public WebChannel(PeerWeb web, SslStreamCertificateContext? certificate, X509Certificate2Collection? authorities, TimeProvider time, DicomWebMetrics metrics)
    {
        (Web, Root, _time, _metrics) = (web, new Uri(web.Url + "/"), time, metrics);
        _http = new HttpMessageInvoker(Handler(web, certificate, authorities));
        if (web.Authentication is { Kind: WebAuthenticationKind.ClientCredentials } client) _tokens = new BearerTokens(client, SendForTokenAsync, time);
    }

    public PeerWeb Web { get; }

    /// <summary>Ends with a slash.</summary>
    public Uri Root { get; }

    public TimeSpan Stall => TimeSpan.FromSeconds(Web.StallTimeoutSeconds);

    public TimeSpan ResponseLimit => TimeSpan.FromSeconds(Web.ResponseTimeoutSeconds);

    /// <summary>Sends, and waits for the headers of the answer, whatever its status.</summary>
    /// <param name="transaction">What it is, for the metrics.</param>
    /// <param name="path">Below <see cref="Root"/>, with its query.</param>
    /// <param name="make">Makes the request, once for each time that it has to be sent.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DicomWebException">There is no answer.</exception>
    public async Task<WebAnswer> SendAsync(string transaction, string path, Func<Uri, WebDeadline, HttpRequestMessage> make, CancellationToken cancellation)
    {
        var (url, token, isRenewed) = (new Uri(Root, path), default(string), false);
        for (var redirects = 0; ;)
        {
            if (_tokens is not null) token = await _tokens.GetAsync(isRenewed ? token : null, cancellation);
            var answer = await SendOnceAsync(transaction, (deadline) => Authorized(make(url, deadline), token), cancellation);
            if (answer.Status == HttpStatusCode.Unauthorized && _tokens is not null && !isRenewed)
            {
                // Taken back before its end, or made by keys that are no more.
                isRenewed = true;
                answer.Dispose();
                continue;
            }
            if (Redirect(answer.Response, url) is not { } next || ++redirects > MaxRedirects) return answer;
            url = next;
            answer.Dispose();
        }
    }

    private Task<WebAnswer> SendForTokenAsync(Func<HttpRequestMessage> make, CancellationToken cancellation) => SendOnceAsync("token", _ => make(), cancellation);

    private async Task<WebAnswer> SendOnceAsync(string transaction, Func<WebDeadline, HttpRequestMessage> make, CancellationToken cancellation)
    {
        var deadline = new WebDeadline(cancellation);
        var began = _time.GetTimestamp();
        var (outcome, server) = ("none", Root);
        try
        {
            using var request = make(deadline);
            server = request.RequestUri!;
            request.Version = Web.Http2 && request.RequestUri!.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
            request.Headers.UserAgent.Add(Product);
            deadline.Within(ResponseLimit);
            var response = await _http.SendAsync(request, deadline.Token);
            deadline.Pause();
            outcome = ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
            return new WebAnswer(response, deadline, Stall);
        }
        catch (Exception e)
        {
            var isOver = deadline.IsOver;
            deadline.Dispose();
            if (e is OperationCanceledException && cancellation.IsCancellationRequested) throw;
            if (e is HttpRequestException or IOException or OperationCanceledException) throw Failure(e, server, isOver);
            throw;
        }
        finally
        {
            _metrics.Sent(transaction, outcome, _time.GetElapsedTime(began));
        }
    }

    private DicomWebException Failure(Exception e, Uri server, bool isOver)
    {
        if (isOver) return new DicomWebException(DicomWebFailure.MayPass, $"The server did not go on within {Web.ResponseTimeoutSeconds} s, or took less than it has to within {Web.StallTimeoutSeconds} s.", e);
        if (e is OperationCanceledException) return new DicomWebException(DicomWebFailure.Away, $"No connection to {server.Host}:{server.Port} within {Web.ConnectTimeoutSeconds} s.", e);
        var isUnreachable = (e as HttpRequestException)?.HttpRequestError is
            HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError or HttpRequestError.UserAuthenticationError;
        return isUnreachable
            ? new DicomWebException(DicomWebFailure.Away, $"No connection to {server.Host}:{server.Port}: {e.GetBaseException().Message}", e)
            : new DicomWebException(DicomWebFailure.MayPass, $"The connection to {server.Host}:{server.Port} broke: {e.GetBaseException().Message}", e);
    }

    private HttpRequestMessage Authorized(HttpRequestMessage request, string? token)
    {
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (Web.Authentication is { Kind: WebAuthenticationKind.Basic } basic)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.User}:{basic.Secret!.Reveal()}")));
        else if (Web.Authentication is { Kind: WebAuthenticationKind.ApiKey } key)
            request.Headers.TryAddWithoutValidation(key.Header ?? DefaultKeyHeader, key.Secret!.Reveal());
        return request;
    }

    /// <summary>Where to ask instead; null when the answer is to be taken as it is. Only within the same server: requests carry credentials, and patients.</summary>
    private static Uri? Redirect(HttpResponseMessage response, Uri asked)
    {
        var isSame = response.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
        var isOfGet = response.RequestMessage?.Method == HttpMethod.Get && response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther;
        if (!(isSame || isOfGet) || response.Headers.Location is not { } location) return null;
        var target = new Uri(asked, location);
        return Uri.Compare(asked, target, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0 ? target : null;
    }

    private static SocketsHttpHandler Handler(PeerWeb web, SslStreamCertificateContext? certificate, X509Certificate2Collection? authorities)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // What inflates could be a bomb; pixels are compressed already.
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = web.Proxy is not null,
            ConnectTimeout = TimeSpan.FromSeconds(web.ConnectTimeoutSeconds),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            EnableMultipleHttp2Connections = true,
            // No activity, which would name the URL.
            ActivityHeadersPropagator = null,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = certificate,
                CertificateChainPolicy = ChainPolicy(authorities),
                // Where none decides, the error says what is wrong with the certificate.
                RemoteCertificateValidationCallback = web.Tls is { AcceptAnyCertificate: true } ? (_, shown, _, _) => shown is not null : null,
            },
        };
        if (web.Proxy is { } proxy)
            handler.Proxy = new WebProxy(proxy.Url) { Credentials = proxy.User is { } user ? new NetworkCredential(user, proxy.Password?.Reveal()) : null };
        return handler;
    }

    /// <summary>As for calls by DIMSE: neither revocation lists nor missing certificates are fetched.</summary>
    private static X509ChainPolicy ChainPolicy(X509Certificate2Collection? authorities)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (authorities is null) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
