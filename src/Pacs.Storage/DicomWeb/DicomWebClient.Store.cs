using System.Runtime.CompilerServices;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Gateway;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Queries;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Sending;

namespace Pacs.Storage.DicomWeb;

public sealed partial class DicomWebClient
{
    /// <summary>PS3.18 Table I.2-2.</summary>
    private static readonly DimseStatus TransferSyntaxNotSupported = new(0xC122);

    /// <summary>
    /// STOW-RS: sends instances as they are stored, or in a transfer syntax that the peer's rules allow; several in one request, as many as
    /// the peer's settings have it. What a request that the server refuses as a whole is about is found by halving it.
    /// </summary>
    /// <param name="instances">In this order.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <returns>What came of each, request by request; that the server has it only where the server says so.</returns>
    /// <exception cref="DicomWebException">The server cannot be reached or broke off. Of those not told of nothing is known.</exception>
    /// <exception cref="OperationCanceledException">Stopped or cancelled.</exception>
    public async IAsyncEnumerable<(StoredInstance Instance, SendResult Result)> StoreAsync(
        IReadOnlyList<StoredInstance> instances, StowOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var parts = new List<StowPart>();
        foreach (var instance in instances)
        {
            if (Choose(instance, options) is { } syntax) parts.Add(new StowPart(instance, syntax));
            else yield return (instance, new SendResult(SendOutcome.Refused, null, $"Rules of {_peer.AeTitle} bar {ObjectKind.Of(instance)}"));
        }
        // Requests to be sent, the next on top.
        var requests = new Stack<IReadOnlyList<StowPart>>(Split(parts, options.OneByOne).Reverse());
        while (requests.TryPop(out var request))
        {
            options.Stop.ThrowIfCancellationRequested();
            var sent = await SendAsync(request, options, cancellation);
            if (sent.Again is { } again)
            {
                for (var i = again.Count - 1; i >= 0; i--) requests.Push(again[i]);
            }
            foreach (var result in sent.Results) yield return result;
        }
    }

    /// <summary>Whether the server has the instance, as far as it tells by QIDO-RS.</summary>
    /// <exception cref="DicomWebException">It does not tell.</exception>
    public async Task<bool> HasAsync(StoredInstance instance, CancellationToken cancellation)
    {
        var query = new DicomWebQuery(QueryLevel.Instance)
        {
            StudyInstanceUid = instance.StudyInstanceUid,
            SeriesInstanceUid = instance.SeriesInstanceUid,
            Keys = [new(DicomWebQuery.NameOf(Tags.SOPInstanceUID), instance.SopInstanceUid)],
            Limit = 1,
        };
        await foreach (var match in SearchAsync(query, cancellation))
        {
            if (match.GetString(Tags.SOPInstanceUID) == instance.SopInstanceUid) return true;
        }
        return false;
    }

    /// <summary>The stored syntax where the rules allow it, else the first that they allow and that it can be converted to.</summary>
    private TransferSyntax? Choose(StoredInstance instance, StowOptions options)
    {
        var allowed = new OutboundContexts(_peer.Rules).Of(ObjectKind.Of(instance)).SelectMany(c => c.TransferSyntaxes).ToList();
        if (allowed.Contains(instance.TransferSyntax.Uid)) return instance.TransferSyntax;
        if (options.AsStored) return null;
        return allowed.Select(TransferSyntaxRegistry.GetOrAssume).FirstOrDefault(s => _retrieval.CanServe(instance, s));
    }

    private IEnumerable<IReadOnlyList<StowPart>> Split(IEnumerable<StowPart> parts, bool oneByOne)
    {
        var (request, bytes) = (new List<StowPart>(), 0L);
        foreach (var part in parts)
        {
            var isFull = oneByOne || request.Count == _channel.Web.MaxInstancesPerRequest || bytes + part.Instance.BlobLength > _channel.Web.MaxBytesPerRequest;
            if (isFull && request.Count > 0)
            {
                yield return request;
                (request, bytes) = ([], 0);
            }
            request.Add(part);
            bytes += part.Instance.BlobLength;
        }
        if (request.Count > 0) yield return request;
    }

    /// <returns>What came of the objects, and what is to be sent again, and how.</returns>
    private async Task<(IReadOnlyList<(StoredInstance, SendResult)> Results, IReadOnlyList<IReadOnlyList<StowPart>>? Again)> SendAsync(
        IReadOnlyList<StowPart> parts, StowOptions options, CancellationToken cancellation)
    {
        StowContent? content = null;
        try
        {
            using var answer = await _channel.SendAsync("store", "studies", (url, deadline) =>
            {
                content = new StowContent(parts, new OutboundDatasets(_retrieval, _time), _throttle, _channel, deadline, options);
                var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
                request.Headers.TryAddWithoutValidation("Accept", Json);
                // A server that refuses it says so before it has come.
                request.Headers.ExpectContinue = true;
                return request;
            }, cancellation);
            return await ReadAsync(answer, parts, options, cancellation);
        }
        catch (Exception) when (content?.Unreadable is not null && !cancellation.IsCancellationRequested)
        {
            return LeaveOut(content!.Unreadable.Value, parts);
        }
        catch (DicomWebException) when (options.Stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(options.Stop);
        }
    }

    /// <summary>What is wrong with one file concerns no other.</summary>
    private (IReadOnlyList<(StoredInstance, SendResult)>, IReadOnlyList<IReadOnlyList<StowPart>>?) LeaveOut((StowPart Part, Exception Reason) unreadable, IReadOnlyList<StowPart> parts)
    {
        var instance = unreadable.Part.Instance;
        var isElsewhere = unreadable.Reason is BlobMissingException { InnerException: ArchiveFetchException };
        var message = isElsewhere ? "The archive that has the file does not give it" : unreadable.Reason is PreprocessingException ? $"Not sent: {unreadable.Reason.Message}" : "The stored object cannot be read: restore it from backup";
        var isGone = !isElsewhere && unreadable.Reason is not PreprocessingException && !_retrieval.Has(instance);
        if (unreadable.Reason is not PreprocessingException && !isGone) _logger.Unreadable(instance.SopInstanceUid, instance.BlobKey, unreadable.Reason);
        var others = parts.Where(p => p != unreadable.Part).ToList();
        return ([(instance, isGone ? SendResult.Gone : new SendResult(isElsewhere ? SendOutcome.NotNow : SendOutcome.Refused, null, message))], others.Count > 0 ? [others] : null);
    }

    private async Task<(IReadOnlyList<(StoredInstance, SendResult)>, IReadOnlyList<IReadOnlyList<StowPart>>?)> ReadAsync(
        WebAnswer answer, IReadOnlyList<StowPart> parts, StowOptions options, CancellationToken cancellation)
    {
        var isSuccess = answer.Response.IsSuccessStatusCode;
        var module = await StowAnswer.ReadAsync(answer);
        if (module is null && !isSuccess)
        {
            var failure = WebStatus.ToException(answer.Response, _time);
            if (failure.Failure != DicomWebFailure.Refused) throw failure;
            // Which of them it is about, or whether all of them are too much, is not said.
            if (parts.Count > 1) return ([], [[.. parts.Take(parts.Count / 2)], [.. parts.Skip(parts.Count / 2)]]);
            return ([(parts[0].Instance, new SendResult(SendOutcome.Refused, null, failure.Message))], null);
        }
        var (results, again) = (new List<(StoredInstance, SendResult)>(), new List<StowPart>());
        foreach (var part in parts)
        {
            var result = module?.Of(part.Instance.SopInstanceUid) ?? (parts.Count == 1 ? module?.Other : null);
            if (result?.Status == TransferSyntaxNotSupported && !options.AsStored && Plainer(part) is { } plainer) again.Add(plainer);
            else results.Add((part.Instance, result ?? await LookAsync(part.Instance, cancellation)));
        }
        return (results, again.Count > 0 ? [again] : null);
    }

    /// <summary>In the syntax that every server takes, where that is another, and can and may be made.</summary>
    private StowPart? Plainer(StowPart part)
    {
        var plain = TransferSyntaxRegistry.ExplicitVrLittleEndian;
        var mayBe = part.TransferSyntax != plain && _retrieval.CanServe(part.Instance, plain) && _peer.Rules.TransferSyntaxes?.Contains(plain.Uid) != false;
        return mayBe ? new StowPart(part.Instance, plain) : null;
    }

    /// <summary>The answer names it neither as stored nor as failed: it counts as stored, without a status, only when it can be found there.</summary>
    private async Task<SendResult> LookAsync(StoredInstance instance, CancellationToken cancellation)
    {
        try
        {
            if (await HasAsync(instance, cancellation)) return new SendResult(SendOutcome.Sent);
        }
        catch (DicomWebException e) when (e.Failure == DicomWebFailure.Refused)
        {
            return new SendResult(SendOutcome.NotNow, null, "The server's answer does not name the object, and it cannot be looked for");
        }
        return new SendResult(SendOutcome.NotNow, null, "The server's answer does not name the object, and it is not found there");
    }
}
