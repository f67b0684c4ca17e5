using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Parsing;
using Pacs.Storage.Blobs;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Gateway;

/// <summary>Opens files that are at an archive: from the cache, or by a fetch that all who want the same one share.</summary>
internal sealed class ArchiveFetches(RemoteBlobs blobs, BlobCache cache, Lazy<ArchiveConnector> archives, PacsOptions options, ILogger<ArchiveFetches> log) : IDisposable
{
    /// <summary>Times that an archive is asked for the rest of a file.</summary>
    private const int Attempts = 2;

    private const int MaxPassing = 10_000;

    private readonly Dictionary<string, ArchiveFetch> _running = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Files of objects that were never here, as they came; the oldest are forgotten.</summary>
    private readonly ConcurrentDictionary<string, RemoteBlob> _passing = [];
    private readonly ConcurrentQueue<string> _passed = [];

    // Without a wait handle there is nothing to dispose, and a fetch may outlive the end.
    private readonly SemaphoreSlim _places = new(options.Gateway.Fetches);

    /// <summary>Null when no archive has the file. Returns at once: reading waits for bytes.</summary>
    /// <exception cref="IOException">The database does not answer, or there is no room for the file.</exception>
    public IBlob? TryOpen(string blobKey)
    {
        lock (_running)
        {
            if (_running.TryGetValue(blobKey, out var fetch) && fetch.TryOpen() is { } shared) return shared;
        }
        if (cache.TryOpen(blobKey) is { } kept) return kept;
        if (Find(blobKey) is not { } remote) return null;
        ArchiveFetch begun;
        IBlob? reader;
        lock (_running)
        {
            if (_running.TryGetValue(blobKey, out var fetch) && fetch.TryOpen() is { } shared) return shared;
            // One that ended meanwhile left it there before.
            if (cache.TryOpen(blobKey) is { } fetched) return fetched;
            _running[blobKey] = begun = new ArchiveFetch(remote, cache.NewPart());
            reader = begun.TryOpen();
        }
        _ = Task.Run(() => RunAsync(begun));
        return reader;
    }

    /// <summary>Whether an archive has the file. Blocks.</summary>
    public bool Has(string blobKey) => Find(blobKey) is not null;

    /// <summary>Takes note of a file that came of an object that has no row in the index: should the cache let it go before it is read, it is fetched again, and has to be the same.</summary>
    public void Remember(RemoteBlob passing)
    {
        if (_passing.TryAdd(passing.BlobKey, passing)) _passed.Enqueue(passing.BlobKey);
        else _passing[passing.BlobKey] = passing;
        while (_passing.Count > MaxPassing && _passed.TryDequeue(out var oldest)) _passing.TryRemove(oldest, out _);
    }

    /// <summary>Ends what is under way.</summary>
    public void Dispose() => _stop.Cancel();

    private RemoteBlob? Find(string blobKey) => _passing.GetValueOrDefault(blobKey) ?? blobs.Find(blobKey);

    private async Task RunAsync(ArchiveFetch fetch)
    {
        await _places.WaitAsync();
        string? part = null, failure = null;
        try
        {
            (part, failure) = await FetchAsync(fetch);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            failure = "The server stops.";
        }
        catch (Exception e)
        {
            // Nobody waits for this task: its readers have to hear of it.
            log.FetchBroke(fetch.Blob.SopInstanceUid, e);
            failure = "The file could not be fetched from its archive; the log tells more.";
        }
        finally
        {
            _places.Release();
            End(fetch, part, failure);
        }
    }

    private void End(ArchiveFetch fetch, string? part, string? failure)
    {
        try
        {
            if (part is null) fetch.Discard();
            else cache.Keep(part, fetch.Blob.BlobKey, fetch.Blob.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.FetchBroke(fetch.Blob.SopInstanceUid, e);
        }
        lock (_running)
        {
            if (_running.GetValueOrDefault(fetch.Blob.BlobKey) == fetch) _running.Remove(fetch.Blob.BlobKey);
        }
        fetch.End(failure);
    }

    /// <returns>The file, or why there is none.</returns>
    private async Task<(string? Part, string? Failure)> FetchAsync(ArchiveFetch fetch)
    {
        var failure = "No archive is known any more that has the file.";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            foreach (var peer in fetch.Blob.Peers)
            {
                try
                {
                    return (await CopyAsync(peer, fetch), null);
                }
                catch (Exception e) when (e is InvalidDataException or DicomFormatException)
                {
                    log.FetchFailed(fetch.Blob.SopInstanceUid, peer, e.Message);
                    return (null, e.Message);
                }
                catch (Exception e) when (e is IOException or DicomWebException)
                {
                    failure = e.Message;
                    log.FetchFailed(fetch.Blob.SopInstanceUid, peer, failure);
                }
            }
        }
        return (null, failure);
    }

    /// <summary>What an earlier attempt brought is passed over: the checksum is that of all of it.</summary>
    private async Task<string> CopyAsync(string peer, ArchiveFetch fetch)
    {
        var blob = fetch.Blob;
        var known = fetch.DatasetWritten;
        await using var sink = new DatasetSink(
            meta =>
            {
                if (meta.TransferSyntax != blob.TransferSyntax) throw new InvalidDataException(ArchiveFetch.OtherBytes);
            },
            piece =>
            {
                var passed = (int)Math.Min(known, piece.Length);
                known -= passed;
                cache.EnsureRoom();
                if (passed < piece.Length) fetch.Append(piece[passed..]);
            });
        var archive = await archives.Value.ConnectAsync(peer, _stop.Token);
        await archive.CopyAsync(new DicomWebResource(blob.StudyInstanceUid, blob.SeriesInstanceUid, blob.SopInstanceUid), sink, _stop.Token);
        sink.Complete();
        return fetch.Complete();
    }
}
