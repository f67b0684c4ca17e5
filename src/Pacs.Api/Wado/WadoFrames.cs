using System.Globalization;
using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Api.Negotiation;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>Retrieves frames in their stored encoding (PS3.18 §10.4.1.1.6).</summary>
internal sealed class WadoFrames(RetrievalService retrieval, ThroughSelection through, PublicUrls urls)
{
    /// <summary>Frames that one request may name.</summary>
    private const int MaxFrames = 10_000;

    /// <summary>Steps back within the list of a deflated object, each of which inflates it anew from its beginning.</summary>
    private const int MaxStepsBack = 8;

    public async Task RunAsync(HttpContext context, string study, string series, string instance, string frames)
    {
        var numbers = Parse(frames);
        var stored = await through.FindOneAsync(context, study, series, instance);
        await SendAsync(context, stored, numbers, $"{urls.Instance(context.Request, stored)}/frames/");
    }

    /// <summary>The same frames by their place in a bulk value, which is where the parts of that value say they are from.</summary>
    public async Task RunAsync(HttpContext context, StoredInstance stored, string frames, string before) =>
        await SendAsync(context, stored, Parse(frames), before);

    private async Task SendAsync(HttpContext context, StoredInstance stored, List<int> numbers, string before)
    {
        var form = ValueForm.OfPixels(stored.TransferSyntax);
        var contentType = new PartNegotiation(Accept.Tiers(context.Request)).Select(form, numbers.Count == 1, out var isSingle)
            ?? throw PartNegotiation.NotAcceptable(form, numbers.Count == 1);
        if (stored.TransferSyntax.IsDeflated && numbers.Zip(numbers.Skip(1)).Count(pair => pair.Second < pair.First) > MaxStepsBack)
            throw ApiException.BadRequest("This instance is stored deflated, which can be read forward only: name its frames in ascending order.");
        var frames = await retrieval.ReadFramesAsync(stored, context.RequestAborted);
        Part[] parts = [.. numbers.Select(n => new Part(frames.Find(n) ?? throw NoFrame(frames, n), contentType, string.Create(CultureInfo.InvariantCulture, $"{before}{n}")))];
        if (isSingle)
        {
            await PartWriting.WriteSingleAsync(context, parts[0], stored, retrieval.OpenBulkData);
            return;
        }
        using var reader = retrieval.OpenBulkData(stored);
        await PartWriting.WriteMultipartAsync(context, contentType.Split(';')[0], parts, reader);
    }

    private static ApiException NoFrame(InstanceFrames frames, int number) => ApiException.NotFound(frames.Count switch
    {
        0 => "This instance has no frames that can be told apart: it has no pixels, or is a video. Its metadata names the bulk data it has.",
        var count when number > count => $"This instance has no frame {number}. Frames are counted from 1; it has {count}.",
        var count => $"The stored pixels end before frame {number} of {count} does.",
    });

    /// <summary>Numbers in any order, each once.</summary>
    private static List<int> Parse(string list)
    {
        var texts = list.Split(',');
        if (texts.Length > MaxFrames) throw ApiException.BadRequest($"At most {MaxFrames} frames at a time.");
        var numbers = new List<int>(texts.Length);
        var seen = new HashSet<int>(texts.Length);
        foreach (var text in texts)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
                throw ApiException.BadRequest($"Frames are numbers from 1 to {int.MaxValue}, with commas between.");
            if (!seen.Add(number)) throw ApiException.BadRequest($"Frame {number} is named twice.");
            numbers.Add(number);
        }
        return numbers;
    }
}
