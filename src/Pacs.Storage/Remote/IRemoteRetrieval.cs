namespace Pacs.Storage.Remote;

/// <summary>Has another archive's objects come here: by C-MOVE, by C-GET, or over DICOMweb. One slice at a time.</summary>
public interface IRemoteRetrieval : IAsyncDisposable
{
    /// <summary>For a person: what to think of an object that is not here though the other archive ended with success.</summary>
    string WhenMissing { get; }

    /// <summary>Returns when the other archive has no more to say. An object that is told of has been stored, or refused, by then.</summary>
    /// <param name="slice">What is wanted.</param>
    /// <param name="arrived">Called for each object, from any thread, one at a time.</param>
    /// <param name="stop">Asks the other archive to cancel; what is in hand is finished.</param>
    /// <exception cref="RemoteArchiveException">The other archive cannot be reached, or breaks off.</exception>
    Task<RetrieveEnd> RetrieveAsync(RetrieveSlice slice, Action<RetrievedObject> arrived, CancellationToken stop);
}
