using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>
/// Searches several archives at once. Matches are told as they come, whoever they come from: the same study at two archives is told
/// twice, each with its source. Each source ends with how it ended, so that nothing is short without being said.
/// </summary>
public sealed class PeerSearch(PeerStore peers, RemoteArchives archives, QueryEngine engine, PacsOptions options, TimeProvider time, ILogger<PeerSearch> logger)
{
    /// <summary>Sources asked at a time; each has a thread meanwhile. The others wait.</summary>
    private const int MaxAtATime = 32;

    /// <summary>Matches read ahead of who takes them, of all sources.</summary>
    private const int Ahead = 256;

    /// <summary>Ends when every source has ended, or is left: then they are told to cancel.</summary>
    /// <exception cref="UnknownPeerException">One of the peers is not known: thrown before anything is asked.</exception>
    public async Task<IAsyncEnumerable<SearchEvent>> BeginAsync(SearchRequest request, CancellationToken cancellation)
    {
        var unreadable = new List<UnreadableSettingsException>();
        var known = await peers.ListAsync(cancellation, unreadable);
        var chosen = request.Peers is { } named
            ? named.Distinct().Select(n => known.FirstOrDefault(p => p.AeTitle == n) ?? throw new UnknownPeerException(n)).ToList()
            : [.. known.Where(p => p.Remote?.IsSearchable == true)];
        var sources = chosen.Select(p => (p.AeTitle, Search: (Func<QuerySpec, CancellationToken, IAsyncEnumerable<DicomDataset>>)archives.Of(p).FindAsync)).ToList();
        if (request.IncludesThisArchive) sources.Insert(0, (options.Dimse.AeTitle, SearchHere));
        return RunAsync(request, sources, cancellation);
    }

    /// <summary>Other archives leave out what they do not know of a level; the engine is not asked for it.</summary>
    private IAsyncEnumerable<DicomDataset> SearchHere(QuerySpec query, CancellationToken cancellation) =>
        engine.RunAsync(query with { Return = [.. query.Return.Where(p => QueryEngine.CanMatch(query.Level, p))] }, cancellation);

    private async IAsyncEnumerable<SearchEvent> RunAsync(
        SearchRequest request, List<(string Name, Func<QuerySpec, CancellationToken, IAsyncEnumerable<DicomDataset>> Search)> sources, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var places = new SemaphoreSlim(MaxAtATime);
        var events = Channel.CreateBounded<SearchEvent>(Ahead);
        var searches = Task.WhenAll(sources.Select(s => SearchAsync(s.Name, s.Search, request, places, events.Writer, stop.Token)));
        var all = CompleteAsync(searches, events.Writer);
        try
        {
            await foreach (var told in events.Reader.ReadAllAsync(cancellation)) yield return told;
        }
        finally
        {
            await stop.CancelAsync();
            await all;
        }
    }

    /// <summary>Never throws; whoever left is told nothing more.</summary>
    private async Task SearchAsync(
        string source, Func<QuerySpec, CancellationToken, IAsyncEnumerable<DicomDataset>> search, SearchRequest request, SemaphoreSlim places, ChannelWriter<SearchEvent> events, CancellationToken stop)
    {
        try
        {
            await places.WaitAsync(stop);
            try
            {
                var end = await SearchAsync(source, search, request, events, stop);
                logger.Searched(source, end.Answers, end.Outcome, end.Milliseconds);
                await events.WriteAsync(new SearchEvent(source, null, end), stop);
            }
            finally
            {
                places.Release();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            logger.SearchLeft(source);
        }
    }

    private async Task<SearchEnd> SearchAsync(
        string source, Func<QuerySpec, CancellationToken, IAsyncEnumerable<DicomDataset>> search, SearchRequest request, ChannelWriter<SearchEvent> events, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        var answers = 0;
        SearchEnd Ended(SearchOutcome outcome, string message = "", string? status = null) =>
            new(outcome, answers, Math.Round(time.GetElapsedTime(began).TotalMilliseconds, 1)) { Status = status, Message = message };
        using var timeout = new CancellationTokenSource(request.Timeout, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        try
        {
            // One more than are told says whether there are more.
            await foreach (var match in search(request.Query with { Limit = request.Limit + 1, Offset = 0 }, limited.Token))
            {
                if (answers == request.Limit) return Ended(SearchOutcome.LimitReached, $"There are more than {request.Limit}: narrow the search, or raise the limit.");
                await events.WriteAsync(new SearchEvent(source, match, null), stop);
                answers++;
            }
            return Ended(SearchOutcome.Complete);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Ended(SearchOutcome.TimedOut, $"No end within {request.Timeout.TotalSeconds:0.#} seconds; there may be more.");
        }
        catch (RemoteArchiveException e)
        {
            return Ended(e.Fault switch { RemoteFault.Away => SearchOutcome.Away, RemoteFault.Refused => SearchOutcome.Refused, _ => SearchOutcome.Failed }, e.Message, e.Status is { } s ? s > 999 ? s.ToString("X4") : $"{s}" : null);
        }
        catch (QueryException e)
        {
            return Ended(e.Error is QueryError.Unavailable or QueryError.TooBroad ? SearchOutcome.Failed : SearchOutcome.Refused, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.SearchBroke(e, source);
            return Ended(SearchOutcome.Failed, "The search broke off; the log of this archive tells more.");
        }
    }

    private static async Task CompleteAsync(Task searches, ChannelWriter<SearchEvent> events)
    {
        try
        {
            await searches;
            events.Complete();
        }
        catch (Exception e)
        {
            events.Complete(e);
        }
    }
}
