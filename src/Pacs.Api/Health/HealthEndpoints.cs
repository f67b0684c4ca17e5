using Pacs.Api.OpenApi;

namespace Pacs.Api.Health;

/// <summary>/health: for load balancers and supervisors. Needs no API key, tells nothing but how the server is.</summary>
internal static class HealthEndpoints
{
    // Load balancers ask by HEAD as well.
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/health").WithTags("Health");
        group.MapMethods("/live", Methods, () => new HealthAnswer("live", [], []))
            .WithSummary("Whether the process runs")
            .WithDescription("Answers as long as the process can answer anything. Restart it when this fails.")
            .Answers(StatusCodes.Status200OK, "It does.", """{"status":"live","faults":[],"warnings":[]}""", default(HealthAnswer));
        group.MapMethods("/ready", Methods, async (Readiness readiness, CancellationToken cancellation) =>
            {
                var faults = await readiness.FaultsAsync(cancellation);
                return faults.Count == 0
                    ? Results.Json(new HealthAnswer("ready", [], readiness.Warnings))
                    : Results.Json(new HealthAnswer("not ready", faults, readiness.Warnings), statusCode: StatusCodes.Status503ServiceUnavailable);
            })
            .WithSummary("Whether the process can do its work")
            .WithDescription("Database, disk and – in the Dimse role – the DICOM listener of the configuration. A further listener that cannot be opened is a warning. Send work elsewhere while this fails.")
            .Answers(StatusCodes.Status200OK, "It can.", """{"status":"ready","faults":[],"warnings":["Listener research is not open: *:11113: Address already in use"]}""", default(HealthAnswer))
            .Answers(StatusCodes.Status503ServiceUnavailable, "It cannot; the faults tell why.", """{"status":"not ready","faults":["The database does not answer."],"warnings":[]}""", default(HealthAnswer));
    }
}
