namespace Pacs.Storage.Ingest;

/// <summary>The one way into the archive: C-STORE, STOW-RS and import all come here.</summary>
public sealed class IngestService
{
    private readonly IngestPipeline _pipeline;

    internal IngestService(IngestPipeline pipeline) => _pipeline = pipeline;

    /// <summary>Begins an object. Cheap; refuses at once when the disk's reserve is used up (the session then ends in <see cref="IngestOutcome.OutOfResources"/>).</summary>
    public IngestSession Begin(IngestRequest request) => new(_pipeline, request);

    /// <summary>A file for what comes before an object can be made of it. Refuses as <see cref="Begin"/> does.</summary>
    public IngestSpool BeginSpool() => new(_pipeline);
}
