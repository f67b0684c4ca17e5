using Pacs.Api.Errors;
using Pacs.Api.Hosting;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Gateway;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>What an address names here, and what only an archive behind this one has of it.</summary>
internal sealed class ThroughSelection(RetrievalService retrieval, ArchiveInstances archive, PublicUrls urls)
{
    /// <summary>The one instance; fetched, if only an archive has it.</summary>
    /// <exception cref="ApiException">400: no UID; 404 or 410: there is none; 503: the archive does not tell, or does not give it.</exception>
    public Task<StoredInstance> FindOneAsync(HttpContext context, string study, string series, string instance) =>
        FindOneAsync(context, Selection.Of(study, series, instance));

    /// <inheritdoc cref="FindOneAsync(HttpContext, string, string, string)"/>
    public async Task<StoredInstance> FindOneAsync(HttpContext context, InstanceSelector selector)
    {
        var cancellation = context.RequestAborted;
        await foreach (var instance in retrieval.SelectAsync(selector, cancellation)) return instance;
        if (!IsOfGateway(context) && await archive.NameAsync(selector, cancellation) is { } named)
        {
            if (await archive.FetchAsync(named, cancellation) is { } fetched) return fetched;
            // Whether there is none, or it is only not to be had now.
            var listing = await archive.ListAsync(selector, [], cancellation);
            var reason = listing.Missing ?? (listing.Instances.Count > 0 ? $"The archive {named.Peer} has it, and does not give it now. Try again later" : null);
            if (reason is not null) throw ApiException.Unavailable(reason + ".");
        }
        throw await retrieval.NothingAsync(selector, cancellation);
    }

    /// <summary>Instances here by series and number, and those to be fetched. Where the archive does not answer, what is here is only a part of it: 206, with the reason in a Warning.</summary>
    /// <exception cref="ApiException">404 or 410: none; 503: none here, and the archive does not answer.</exception>
    public async Task<(IReadOnlyList<StoredInstance> Here, IReadOnlyList<ArchiveInstance> There)> FindAsync(HttpContext context, InstanceSelector selector)
    {
        var cancellation = context.RequestAborted;
        var here = new List<StoredInstance>();
        await foreach (var instance in retrieval.SelectAsync(selector, cancellation)) here.Add(instance);
        // One that is named is whole.
        if (selector.SopInstanceUids.Count > 0 && here.Count > 0) return (here, []);
        var listing = await ListAsync(context, selector, [.. here.Select(i => i.SopInstanceUid)]);
        return here.Count + listing.Count > 0 ? (here, listing) : throw await retrieval.NothingAsync(selector, cancellation);
    }

    /// <summary>What only the archive has.</summary>
    /// <exception cref="ApiException">503: nothing is here, and the archive does not answer.</exception>
    public async Task<IReadOnlyList<ArchiveInstance>> ListAsync(HttpContext context, InstanceSelector selector, IReadOnlyCollection<string> here)
    {
        if (IsOfGateway(context)) return [];
        var listing = await archive.ListAsync(selector, here, context.RequestAborted);
        if (listing.Missing is null) return listing.Instances;
        if (here.Count == 0) throw new ApiException(StatusCodes.Status503ServiceUnavailable, listing.Missing + ".");
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.Append("Warning", $"299 {urls.DicomWeb(context.Request)}: {listing.Missing}");
        return listing.Instances;
    }

    /// <summary>An archive asks that this one stands behind: it gets what is here.</summary>
    private static bool IsOfGateway(HttpContext context) => context.Request.Headers.ContainsKey(GatewayHeader.Name);
}
