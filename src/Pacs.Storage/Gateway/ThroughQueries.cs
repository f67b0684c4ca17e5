using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Gateway;

/// <summary>
/// Answers queries from the index here, from the archive behind it, or from both: what is here first, then what only the
/// archive has. An archive that is away, or does not begin to answer in time, leaves the index's answer, and says so.
/// </summary>
public sealed class ThroughQueries(QueryEngine engine, ArchiveConnector archives, ILogger<ThroughQueries> log)
{
    /// <summary>Matches of one query that are held against each other.</summary>
    private const int MaxMerged = 100_000;

    /// <summary>Begins the query; returns when it is known who takes part.</summary>
    /// <param name="query">What is asked.</param>
    /// <param name="cancellation">Ends it, matches too.</param>
    /// <param name="withAvailability">Matches say where their files are, where that is not always here.</param>
    /// <param name="onlyHere">An archive asks that this one stands behind: none behind this one is asked in turn.</param>
    /// <exception cref="QueryException">The query cannot be answered as asked.</exception>
    public async Task<ThroughAnswer> BeginAsync(QuerySpec query, CancellationToken cancellation, bool withAvailability = false, bool onlyHere = false)
    {
        var gateways = await ListGatewaysAsync(cancellation);
        if (withAvailability && gateways.Count > 0) query = query with { Return = [.. query.Return, new AttributePath(Tags.InstanceAvailability)] };
        if (onlyHere || gateways.FirstOrDefault(g => g is { Web: not null, Gateway.Query: not GatewayQuery.Local }) is not { } peer) return new ThroughAnswer(engine.RunAsync(query, cancellation));
        var search = new ArchiveSearch(peer, query, cancellation);
        try
        {
            await search.BeginAsync(archives.Connect(peer));
            return new ThroughAnswer(MergeAsync(query, peer.Gateway!.Query == GatewayQuery.Merged, search, cancellation), IsThrough: true, Remarks: search.Warnings);
        }
        catch (Exception e) when (e is DicomWebException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            await search.DisposeAsync();
            var reason = e is DicomWebException ? e.Message : $"It did not answer within {peer.Gateway!.QueryTimeoutSeconds} s.";
            log.QueryFailed(peer.AeTitle, reason);
            return new ThroughAnswer(engine.RunAsync(query, cancellation), IsThrough: true, $"The archive {peer.AeTitle} does not answer: these are the matches of this index alone");
        }
    }

    private async ValueTask<IReadOnlyList<Peer>> ListGatewaysAsync(CancellationToken cancellation)
    {
        try
        {
            return await archives.ListAsync(cancellation);
        }
        catch (DbException)
        {
            throw new QueryException(QueryError.Unavailable, "The database does not answer. Try again later.");
        }
    }

    private async IAsyncEnumerable<DicomDataset> MergeAsync(QuerySpec query, bool isMerged, ArchiveSearch search, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var ending = search;
        var (skip, left, told) = (query.Offset, query.Limit ?? int.MaxValue, new HashSet<string>());
        if (isMerged)
        {
            // All up to the page: what is told here is not told again, on whichever page.
            var local = query with { Offset = 0, Limit = (int)Math.Min((long)query.Offset + left, int.MaxValue) };
            await foreach (var match in engine.RunAsync(local, cancellation))
            {
                told.Add(ArchiveSearch.Identity(match, query.Level));
                if (skip > 0)
                {
                    skip--;
                    continue;
                }
                yield return match;
                if (--left == 0) yield break;
            }
        }
        while (left > 0 && await NextAsync(search, cancellation) is { } match)
        {
            if (!told.Add(ArchiveSearch.Identity(match, query.Level))) continue;
            if (told.Count > MaxMerged) throw new QueryException(QueryError.TooBroad, $"More than {MaxMerged} matches: add a key that narrows the search.");
            if (skip > 0)
            {
                skip--;
                continue;
            }
            left--;
            yield return match;
        }
    }

    /// <summary>Once it has answered, its silence is a failure: nothing is left out without a word.</summary>
    private async Task<DicomDataset?> NextAsync(ArchiveSearch search, CancellationToken cancellation)
    {
        try
        {
            return await search.NextAsync();
        }
        catch (Exception e) when (e is DicomWebException or TimeoutException)
        {
            cancellation.ThrowIfCancellationRequested();
            log.QueryFailed(search.Peer, e.Message);
            throw new QueryException(QueryError.Unavailable, $"The archive {search.Peer} broke off its answer. Try again later.");
        }
    }
}
