using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Net;
using Pacs.Storage.Hosting;

namespace Pacs.Dimse.Server;

/// <summary>The DICOM listener as a hosted service: listens when the host has started what it needs, ends its associations in order when it stops.</summary>
public sealed class DimseServer : IHostedService, IDisposable
{
    private readonly PacsOptions _options;
    private readonly ILogger<DimseServer> _logger;
    private readonly AssociationListener _listener;

    /// <param name="options">AE title, port, limits.</param>
    /// <param name="services">What is offered.</param>
    /// <param name="logger">For start and stop.</param>
    /// <param name="listenerLogger">For associations.</param>
    /// <param name="policy">Who may associate; anyone when none is registered.</param>
    public DimseServer(
        PacsOptions options, IEnumerable<IDimseService> services, ILogger<DimseServer> logger, ILogger<AssociationListener> listenerLogger, IAssociationPolicy? policy = null)
    {
        (_options, _logger) = (options, logger);
        _listener = new AssociationListener(ListenerOptions(options.Dimse), services, policy, listenerLogger);
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    public IPEndPoint EndPoint => _listener.LocalEndPoint;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var dimse = _options.Dimse;
        try
        {
            _listener.Start();
        }
        catch (SocketException e)
        {
            throw new PacsStartupException($"DIMSE cannot listen on {dimse.BindAddress}:{dimse.Port}: {e.Message}. Choose another port with Pacs:Dimse:Port.", e);
        }
        _logger.Listening(dimse.AeTitle, EndPoint);
        if (!IPAddress.IsLoopback(EndPoint.Address)) _logger.OpenToNetwork(EndPoint.Port);
        return Task.CompletedTask;
    }

    // Stop waits for threads, which must not hold up the host's.
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => _listener.Stop(TimeSpan.FromSeconds(10)), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose() => _listener.Dispose();

    private static AssociationListenerOptions ListenerOptions(DimseOptions options) => new()
    {
        EndPoint = new IPEndPoint(options.BindAddress == "*" ? IPAddress.IPv6Any : IPAddress.Parse(options.BindAddress), options.Port),
        AeTitles = options.CheckCalledAeTitle ? [options.AeTitle] : [],
        MaxAssociations = options.MaxAssociations,
        MaxReceivePduLength = options.MaxReceivePduLength,
        MaxSendPduLength = options.MaxSendPduLength,
        ArtimTimeout = TimeSpan.FromSeconds(options.AssociateTimeoutSeconds),
        NetworkTimeout = TimeSpan.FromSeconds(options.NetworkTimeoutSeconds),
        IdleTimeout = TimeSpan.FromSeconds(options.IdleTimeoutSeconds),
        ResponseTimeout = TimeSpan.FromSeconds(options.ResponseTimeoutSeconds),
    };
}
