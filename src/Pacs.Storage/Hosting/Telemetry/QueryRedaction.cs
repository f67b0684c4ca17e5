using System.Diagnostics;
using OpenTelemetry;

namespace Pacs.Storage.Hosting.Telemetry;

/// <summary>Takes query strings out of traces: a search has patient names in them.</summary>
internal sealed class QueryRedaction : BaseProcessor<Activity>
{
    private static readonly string[] Tags = ["url.query", "url.full", "http.url", "http.target"];

    public override void OnEnd(Activity data)
    {
        foreach (var tag in Tags)
            if (data.GetTagItem(tag) is not null) data.SetTag(tag, null);
    }
}
