using Pacs.Dicom.Net;

namespace Pacs.Storage.Remote;

/// <summary>An association on which stopping means to ask first: C-CANCEL, and when the peer does not heed it in time, the end of the connection.</summary>
internal sealed class StoppableAssociation : IDisposable
{
    /// <summary>From a cancel to the end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _cut = new();
    private readonly CancellationTokenRegistration _registration;
    private volatile ClientAssociation? _association;

    /// <exception cref="RemoteArchiveException">It cannot be reached, or says no.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public StoppableAssociation(ClientAssociationOptions options, CancellationToken stop)
    {
        _registration = stop.UnsafeRegister(static a => ((StoppableAssociation)a!).Stop(), this);
        try
        {
            _association = ClientAssociation.Connect(options, _cut.Token);
            stop.ThrowIfCancellationRequested();
        }
        catch (AssociationException e)
        {
            Dispose();
            throw RemoteArchiveException.Of(e, wasOpen: false);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ClientAssociation Association => _association!;

    /// <summary>Ends the connection at once: what waits throws <see cref="OperationCanceledException"/>.</summary>
    public void Cut() => _cut.Cancel();

    public void Dispose()
    {
        _registration.Dispose();
        // What is left to be said to the peer is said within bounds, too.
        if (_association is not null) _cut.CancelAfter(Grace);
        _association?.Dispose();
        _cut.Dispose();
    }

    private void Stop()
    {
        if (_association is not { } association)
        {
            _cut.Cancel();
            return;
        }
        _cut.CancelAfter(Grace);
        // A peer that takes nothing holds up nobody but itself.
        ThreadPool.UnsafeQueueUserWorkItem(static a => a.RequestCancel(), association, preferLocal: false);
    }
}
