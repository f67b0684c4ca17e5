using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Gateway;

/// <summary>One query to an archive by QIDO-RS, with answers as the query engine gives them.</summary>
internal sealed class ArchiveSearch : IAsyncDisposable
{
    private readonly QuerySpec _query;
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _stop;
    private readonly List<string> _warnings = [];
    private IAsyncEnumerator<DicomDataset>? _matches;
    private DicomDataset? _first;
    private bool _isFirst;

    public ArchiveSearch(Peer peer, QuerySpec query, CancellationToken cancellation)
    {
        (Peer, _query, _patience) = (peer.AeTitle, query, TimeSpan.FromSeconds(peer.Gateway!.QueryTimeoutSeconds));
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    public string Peer { get; }

    /// <summary>What the archive warned of when it began to answer. It may name what was asked for.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>What a match is known by at the level. Patients without an ID are told apart by what was asked of them.</summary>
    public static string Identity(DicomDataset match, QueryLevel level) => level == QueryLevel.Patient && match.GetString(Tags.PatientID) is null or ""
        ? $"\n{match.GetString(Tags.PatientName)}\n{match.GetString(Tags.PatientBirthDate)}"
        : match.GetString(level switch
        {
            QueryLevel.Patient => Tags.PatientID,
            QueryLevel.Study => Tags.StudyInstanceUID,
            QueryLevel.Series => Tags.SeriesInstanceUID,
            _ => Tags.SOPInstanceUID,
        }) ?? "";

    /// <summary>Returns with the first match, or when there is none.</summary>
    /// <exception cref="DicomWebException">The archive does not answer.</exception>
    /// <exception cref="OperationCanceledException">Not in time.</exception>
    public async Task BeginAsync(DicomWebClient archive)
    {
        // Whose files are where is told here.
        var asked = _query with { Keys = [.. _query.Keys.Where(k => k.Path.Attribute != Tags.InstanceAvailability)] };
        _matches = archive.SearchAsync(DicomWebQuery.Of(asked), _stop.Token, _warnings).GetAsyncEnumerator(_stop.Token);
        _first = await MoveAsync();
        _isFirst = true;
    }

    /// <summary>Null at the end.</summary>
    /// <exception cref="DicomWebException">The archive broke off.</exception>
    /// <exception cref="TimeoutException">It sends nothing more.</exception>
    public async Task<DicomDataset?> NextAsync()
    {
        if (_isFirst)
        {
            _isFirst = false;
            return _first;
        }
        try
        {
            return await MoveAsync();
        }
        catch (OperationCanceledException e) when (_stop.IsCancellationRequested)
        {
            throw new TimeoutException($"Nothing came for {_patience.TotalSeconds:0} s.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_matches is not null) await _matches.DisposeAsync();
        _stop.Dispose();
    }

    private async Task<DicomDataset?> MoveAsync()
    {
        _stop.CancelAfter(_patience);
        DicomDataset? match = null;
        while (match is null && await _matches!.MoveNextAsync()) match = IsNamed(_matches.Current) ? Complete(_matches.Current) : null;
        _stop.CancelAfter(Timeout.InfiniteTimeSpan);
        return match;
    }

    /// <summary>By UIDs that can become part of addresses, as they do in answers: what is not known by one cannot be had.</summary>
    private bool IsNamed(DicomDataset match)
    {
        Tag[] above = [Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID];
        var own = above[Math.Max(0, _query.Level - QueryLevel.Study)];
        return match.GetString(own) is { Length: > 0 } && above.All(t => match.GetString(t) is not { Length: > 0 } uid || Uid.IsAcceptable(uid));
    }

    /// <summary>With what was asked for and no more, as an answer of the index.</summary>
    private DicomDataset Complete(DicomDataset match)
    {
        match.Set(Tags.InstanceAvailability, Vr.CS, "NEARLINE");
        if (_query.ReturnAll) return match;
        var answer = new DicomDataset();
        foreach (var tag in _query.Return.Select(r => r.Tags[0]).Concat([Tags.SpecificCharacterSet, Tags.PatientID, Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID]).Distinct())
        {
            if (match[tag] is { } element and not BulkElement) answer.Set(element);
            else if (_query.Return.Any(r => r.Tags[0] == tag)) answer.Set(Empty(tag));
        }
        return answer;
    }

    private static DicomElement Empty(Tag tag) =>
        DataElementDictionary.VrOf(tag) is var vr && vr == Vr.SQ ? new SequenceElement(tag, []) : new ValueElement(tag, vr, ReadOnlyMemory<byte>.Empty);
}
