namespace Pacs.Storage.Jobs;

/// <summary>A job that cannot be created as asked. The message tells a person what to change.</summary>
public sealed class JobRefusedException(JobRefusal refusal, string message) : Exception(message)
{
    public JobRefusal Refusal { get; } = refusal;
}
