using Pacs.Storage.Jobs;

namespace Pacs.Worker.Forwarding;

/// <summary>A way to a peer, for one run of a job: by C-STORE, or by STOW-RS.</summary>
internal interface IForwarding : IDisposable
{
    /// <summary>Sends the objects and reports each as it comes; returns early when the run is to stop.</summary>
    /// <exception cref="PeerAwayException">The peer cannot be reached at all.</exception>
    /// <exception cref="Exception">Any other is a failure that may pass, of the whole run.</exception>
    Task SendAsync(IReadOnlyList<ForwardItem> batch, CancellationToken cancellation);
}
