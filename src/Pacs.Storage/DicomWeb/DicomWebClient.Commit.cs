using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Commitments;

namespace Pacs.Storage.DicomWeb;

public sealed partial class DicomWebClient
{
    /// <summary>Until a server that does not say when is asked again.</summary>
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of a result: that of as many instances as this archive itself takes in one request is shorter.</summary>
    private const int MaxCommitment = 64 << 20;

    /// <summary>Asks the server to promise that it keeps the instances (PS3.18 §13.4).</summary>
    /// <param name="transaction">A new UID, the same when the same is asked again.</param>
    /// <param name="instances">Of any studies.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DicomWebException">The server refuses – 404 or 405 where it has no such service –, cannot be reached, or answers something else.</exception>
    public async Task<DicomWebCommitment> RequestCommitmentAsync(string transaction, IReadOnlyList<CommitmentReference> instances, CancellationToken cancellation)
    {
        var body = Request(instances);
        using var answer = await _channel.SendAsync("commit", CommitmentPath(transaction), (url, _) =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(Json);
            request.Headers.TryAddWithoutValidation("Accept", Json);
            return request;
        }, cancellation);
        return await ReadCommitmentAsync(Succeeded(answer));
    }

    /// <summary>What came of a request (PS3.18 §13.5).</summary>
    /// <param name="transaction">Of the request.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DicomWebException">The server refuses – 404 or 410 where it knows none –, cannot be reached, or answers something else.</exception>
    public async Task<DicomWebCommitment> CheckCommitmentAsync(string transaction, CancellationToken cancellation)
    {
        using var answer = await GetAsync("commit", CommitmentPath(transaction), Json, cancellation);
        return await ReadCommitmentAsync(answer);
    }

    private static string CommitmentPath(string transaction) =>
        Uid.IsAcceptable(transaction) ? $"commitment-requests/{transaction}" : throw new ArgumentException("Not a UID: up to 64 digits and dots.", nameof(transaction));

    private static ReadOnlyMemory<byte> Request(IReadOnlyList<CommitmentReference> instances)
    {
        var body = new ArrayBufferWriter<byte>();
        DicomJson.Write(body, new DicomDataset().Set(Tags.ReferencedSOPSequence, instances.Select(i => new DicomDataset()
            .Set(Tags.ReferencedSOPClassUID, i.SopClassUid)
            .Set(Tags.ReferencedSOPInstanceUID, i.SopInstanceUid)).ToList()));
        return body.WrittenMemory;
    }

    private async Task<DicomWebCommitment> ReadCommitmentAsync(WebAnswer answer)
    {
        if (answer.Status == HttpStatusCode.Accepted)
            return new DicomWebCommitment { RetryAfter = WebStatus.RetryAfterOf(answer.Response.Headers.RetryAfter, _time) ?? DefaultRetryAfter };
        var dataset = await new DatasetArrayReader(await answer.OpenAsync(), MaxCommitment).ReadAsync() ?? throw Unreadable("has no result");
        var failed = new Dictionary<string, int>();
        foreach (var item in dataset.GetItems(Tags.FailedSOPSequence).Concat(Instances(dataset, Tags.FailedStudySequence)))
        {
            if (item.GetString(Tags.ReferencedSOPInstanceUID) is { } uid) failed[uid] = (int)(item.GetInteger(Tags.FailureReason) ?? 0x0110);
        }
        var committed = dataset.GetItems(Tags.ReferencedSOPSequence).Concat(Instances(dataset, Tags.ReferencedStudySequence))
            .Select(i => i.GetString(Tags.ReferencedSOPInstanceUID)).OfType<string>().Where(uid => !failed.ContainsKey(uid));
        return new DicomWebCommitment { IsDone = true, Committed = committed.ToHashSet(), Failed = failed };
    }

    private static IEnumerable<DicomDataset> Instances(DicomDataset dataset, Tag studies) =>
        from study in dataset.GetItems(studies)
        from series in study.GetItems(Tags.ReferencedSeriesSequence)
        from ofClass in series.GetItems(Tags.ReferencedInstancesBySOPClassSequence)
        from instance in ofClass.GetItems(Tags.ReferencedInstanceSequence)
        select instance;
}
