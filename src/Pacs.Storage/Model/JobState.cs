namespace Pacs.Storage.Model;

public enum JobState : short
{
    Waiting = 1,
    Running = 2,
    Succeeded = 3,
    Failed = 4,
    Cancelled = 5,
}
