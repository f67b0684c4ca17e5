namespace Pacs.Storage.Hosting;

/// <summary>The change feed.</summary>
[AtOnce]
public sealed record ChangeOptions
{
    /// <summary>Days for which changes are kept; longer while an enabled webhook waits to be told of them. Default 90.</summary>
    public int KeepDays { get; init; } = 90;
}
