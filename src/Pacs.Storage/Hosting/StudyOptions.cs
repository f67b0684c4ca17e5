namespace Pacs.Storage.Hosting;

/// <summary>When a study is complete.</summary>
[AtOnce]
public sealed record StudyOptions
{
    /// <summary>Seconds without another object after which a study is complete, if nothing said so before. Default 90.</summary>
    public int QuietSeconds { get; init; } = 90;
}
