namespace Pacs.Storage.Jobs;

/// <summary>What came of an object, with its times, on the way to the database.</summary>
/// <param name="Result">What came of it; Running while it is in hand.</param>
/// <param name="StartedAt">When it was taken in hand.</param>
/// <param name="FinishedAt">Null while it is in hand.</param>
/// <param name="ListedBytes">As it was listed.</param>
internal sealed record ObjectReport(JobObjectResult Result, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, long ListedBytes);
