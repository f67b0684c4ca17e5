namespace Pacs.Storage.Jobs;

/// <summary>What came of an object.</summary>
/// <param name="Number">The object's.</param>
/// <param name="State">Done, Warning, Failed for good, or Waiting for another run.</param>
/// <param name="Status">The peer's DIMSE or HTTP status; null when there was none.</param>
/// <param name="Message">For a person; empty on success.</param>
/// <param name="Bytes">What it turned out to have; null to keep what was known when it was listed.</param>
public sealed record JobObjectResult(int Number, JobState State, int? Status = null, string Message = "", long? Bytes = null)
{
    /// <summary>The object is where it should be.</summary>
    public bool IsSuccess => State is JobState.Done or JobState.Warning;
}
