using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dicom.Net;

/// <summary>TLS, before the first PDU (PS3.15 Annex B).</summary>
internal sealed partial class Association
{
    /// <summary>The TLS certificate of the peer, accepted by the options; null without one.</summary>
    public X509Certificate2? PeerCertificate => _transport.PeerCertificate;

    private void Secure(Deadline deadline)
    {
        try
        {
            switch (_options)
            {
                case AssociationListenerOptions { Tls: { } server }: _transport.Secure(server(), deadline); break;
                case ClientAssociationOptions { Tls: { } client, Host: var host }: _transport.Secure(WithName(client(), host), deadline); break;
            }
        }
        catch (TimeoutException)
        {
            throw TimedOut("in the TLS handshake");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw ConnectionLost(e);
        }
        catch (Exception e)
        {
            // Also what the options have to say: a certificate that cannot be read. Nothing can be sent in the clear.
            _machine.Step(AssociationEvent.ConnectionClosed);
            Close();
            throw new AssociationSecurityException($"TLS could not be agreed: {e.GetBaseException().Message}", e);
        }
    }

    private static SslClientAuthenticationOptions WithName(SslClientAuthenticationOptions options, string host)
    {
        if (string.IsNullOrEmpty(options.TargetHost)) options.TargetHost = host;
        return options;
    }
}
