using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Net;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;

namespace Pacs.Dimse.Server;

/// <summary>One listener as this process has it: open, or with the reason why it is not.</summary>
internal sealed class DimseListener : IDisposable
{
    private readonly AssociationListener _listener;
    private readonly AssociationListenerOptions _opened;

    private DimseListener(Listener settings, AssociationListenerOptions opened, AssociationListener listener) => (Settings, _opened, _listener) = (settings, opened, listener);

    /// <summary>As it was opened.</summary>
    public Listener Settings { get; }

    public IPEndPoint EndPoint => _listener.LocalEndPoint;
    public int Associations => _listener.ActiveAssociations;

    /// <exception cref="SocketException">The address is taken, or not of this machine.</exception>
    /// <exception cref="IOException">A file of TLS cannot be read.</exception>
    /// <exception cref="CryptographicException">A file of TLS is not what it should be, or missing in the settings.</exception>
    public static DimseListener Open(Listener settings, DimseOptions options, DimseTls tls, Func<AssociationListenerOptions, AssociationListener> create)
    {
        // Once before anybody connects: what is missing is told to who configures, not to who calls.
        if (settings.Tls != ListenerTls.None) tls.ForListener(settings.Tls);
        var opened = Options(settings, options);
        var listener = create(opened with { Tls = settings.Tls == ListenerTls.None ? null : () => tls.ForListener(settings.Tls) });
        try
        {
            listener.Start();
            return new(settings, opened, listener);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Whether it can go on when its settings become these: what is not of the port is asked for at each association.</summary>
    public bool IsStill(Listener settings, DimseOptions options) => settings.Name == Settings.Name && settings.Tls == Settings.Tls && Options(settings, options) == _opened;

    /// <summary>Leaves the port; associations go on.</summary>
    public void StopAccepting() => _listener.StopAccepting();

    /// <summary>Ends its associations in order.</summary>
    public void Stop(TimeSpan grace) => _listener.Stop(grace);

    public void Dispose() => _listener.Dispose();

    private static AssociationListenerOptions Options(Listener settings, DimseOptions options) => new()
    {
        Name = settings.Name,
        EndPoint = new IPEndPoint(settings.BindAddress == "*" ? IPAddress.IPv6Any : IPAddress.Parse(settings.BindAddress), settings.Port),
        MaxAssociations = (settings.MaxAssociations ?? options.MaxAssociations) is > 0 and var most ? most : int.MaxValue,
        MaxUnassociated = options.MaxUnassociated,
        MaxOperations = options.MaxOperations,
        MaxReceivePduLength = settings.MaxReceivePduLength ?? options.MaxReceivePduLength,
        MaxSendPduLength = settings.MaxSendPduLength ?? options.MaxSendPduLength,
        ArtimTimeout = TimeSpan.FromSeconds(settings.AssociateTimeoutSeconds ?? options.AssociateTimeoutSeconds),
        NetworkTimeout = TimeSpan.FromSeconds(settings.NetworkTimeoutSeconds ?? options.NetworkTimeoutSeconds),
        IdleTimeout = TimeSpan.FromSeconds(settings.IdleTimeoutSeconds ?? options.IdleTimeoutSeconds),
        ResponseTimeout = TimeSpan.FromSeconds(settings.ResponseTimeoutSeconds ?? options.ResponseTimeoutSeconds),
    };
}
