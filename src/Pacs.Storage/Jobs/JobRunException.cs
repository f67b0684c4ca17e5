namespace Pacs.Storage.Jobs;

/// <summary>A run of a job that cannot go on, for a reason that may pass. The message tells a person what to do.</summary>
public sealed class JobRunException(string message) : Exception(message);
