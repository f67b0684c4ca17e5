using System.Net;
using Microsoft.Extensions.Logging;

namespace Pacs.Dicom.Net;

/// <summary>
/// Accepts associations on one port and gives each a thread of its own, on which its requests are performed one after
/// the other.
/// </summary>
public sealed class AssociationListener : IDisposable
{
    /// <exception cref="ArgumentException">Two services share an abstract syntax.</exception>
    public AssociationListener(AssociationListenerOptions options, IEnumerable<IDimseService> services, IAssociationPolicy? policy = null, ILogger<AssociationListener>? logger = null)
        => throw new NotImplementedException($"{options}{services}{policy}{logger}");

    /// <summary>Where it listens, with the port that was taken.</summary>
    public IPEndPoint LocalEndPoint => throw new NotImplementedException();

    /// <summary>Associations now open, those being negotiated included.</summary>
    public int ActiveAssociations => throw new NotImplementedException();

    /// <summary>Begins to listen.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    public void Start() => throw new NotImplementedException();

    /// <summary>
    /// Stops listening; associations may finish the request they are at and are then aborted; those that are not done in
    /// time are aborted at once. Returns when no thread is left.
    /// </summary>
    public void Stop(TimeSpan grace) => throw new NotImplementedException();

    /// <summary>Stops without grace.</summary>
    public void Dispose() => Stop(TimeSpan.Zero);
}
