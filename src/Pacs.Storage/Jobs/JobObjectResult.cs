namespace Pacs.Storage.Jobs;

/// <summary>What came of an object.</summary>
/// <param name="Number">The object's.</param>
/// <param name="State">Done, Failed for good, or Waiting for another run.</param>
/// <param name="Status">The peer's DIMSE status; null when there was none.</param>
/// <param name="Message">For a person; empty on success.</param>
public sealed record JobObjectResult(int Number, JobState State, int? Status = null, string Message = "");
