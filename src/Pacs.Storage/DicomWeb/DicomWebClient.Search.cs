using System.Net;
using System.Runtime.CompilerServices;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.DicomWeb;

public sealed partial class DicomWebClient
{
    /// <summary>QIDO-RS: every match, page by page, until there are no more or the query's limit is met. Text is in UTF-8.</summary>
    /// <param name="query">What to look for.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="warnings">Takes what the server warns of (299), as it says it: it may name what was asked for, and is for who asked only.</param>
    /// <exception cref="DicomWebException">The server refuses, cannot be reached, or answers something else.</exception>
    public async IAsyncEnumerable<DicomDataset> SearchAsync(DicomWebQuery query, [EnumeratorCancellation] CancellationToken cancellation, ICollection<string>? warnings = null)
    {
        var path = query.Path;
        string? firstOfPage = null;
        for (var count = 0; count < query.Limit;)
        {
            var size = Math.Min(_channel.Web.PageSize, query.Limit - count);
            using var answer = await GetAsync("search", $"{path}{(path.EndsWith('?') ? "" : "&")}limit={size}&offset={count}", Json, cancellation);
            if (answer.Status == HttpStatusCode.NoContent) yield break;
            var hasMore = Note(answer, warnings);
            var reader = new DatasetArrayReader(await answer.OpenAsync());
            var came = 0;
            while (count + came < query.Limit && await reader.ReadAsync() is { } match)
            {
                // A server that knows no offset begins anew each time.
                if (came++ == 0 && Identity(match) is { } first)
                {
                    if (first == firstOfPage) yield break;
                    firstOfPage = first;
                }
                yield return match;
            }
            count += came;
            // One that gives less than it was asked for has no more, unless it says so; one that gives more knows no pages.
            if (came == 0 || came > size || (came < size && !hasMore)) yield break;
        }
    }

    /// <returns>The server says that there are more (PS3.18 §8.3.4.4).</returns>
    private static bool Note(WebAnswer answer, ICollection<string>? warnings)
    {
        var hasMore = false;
        foreach (var warning in answer.Warnings)
        {
            if (warning.Contains("additional results", StringComparison.OrdinalIgnoreCase)) hasMore = true;
            else if (warnings is not null && !warnings.Contains(warning)) warnings.Add(warning);
        }
        return hasMore;
    }

    private static string? Identity(DicomDataset match) =>
        string.Join(' ', new[] { Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID }.Select(match.GetString)) is { Length: > 2 } identity ? identity : null;
}
