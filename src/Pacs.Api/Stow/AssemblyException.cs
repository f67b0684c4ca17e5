using Pacs.Storage.Ingest;

namespace Pacs.Api.Stow;

/// <summary>Metadata and bulk data of which no object can be made. The message never holds a value.</summary>
internal sealed class AssemblyException(IngestOutcome outcome, string message) : Exception(message)
{
    public IngestOutcome Outcome { get; } = outcome;
}
